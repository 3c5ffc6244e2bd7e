package io.truenow.hottier.lane;

import org.junit.jupiter.api.Test;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LaneExchangeTest {
    private static final int TURNS = 500_000;
    private static final long MOST_NS = 2_000_000_000L;
    private static final VarHandle ROWS;

    static {
        try {
            ROWS = MethodHandles.lookup().findVarHandle(LaneExchangeTest.class, "rows", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int rings;
    @SuppressWarnings("unused")
    private long rows;
    private volatile long turn;
    private volatile long turnDone;
    private final LaneExchange exchange = new LaneExchange(() -> rings++);

    @Test
    void ringsTheQueryAgentOnlyWhileItWaitsForRows() {
        exchange.onProgress();
        assertEquals(0, rings);
        assertTrue(exchange.awaitRows(true), "news: look again, for rows may have come before it was said");
        assertFalse(exchange.awaitRows(true));
        exchange.onProgress();
        exchange.onProgress();
        assertEquals(2, rings);
        assertFalse(exchange.awaitRows(false));
        exchange.onProgress();
        assertEquals(2, rings);
        assertTrue(exchange.awaitRows(true));
    }

    /** Who publishes rows sees who waits, or who begins to wait sees the rows. */
    @Test
    void waitingThatBeginsWhileRowsArePublishedIsRungOrSeesThem() throws InterruptedException {
        final Thread lane = Thread.ofPlatform().daemon().start(() -> {
            for (long mine = 1; mine <= TURNS; mine++) {
                awaitTurn(mine);
                if (turn < 0) {
                    return;
                }
                ROWS.setRelease(this, mine);
                exchange.onProgress();
                turnDone = mine;
            }
        });
        final long beginNs = System.nanoTime();
        long missed = 0;
        for (long mine = 1; mine <= TURNS && System.nanoTime() - beginNs < MOST_NS; mine++) {
            exchange.awaitRows(false);
            final int rungBefore = rings;
            turn = mine;
            exchange.awaitRows(true);
            final long seen = (long) ROWS.getAcquire(this);
            while (turnDone != mine) {
                Thread.onSpinWait();
            }
            missed += seen != mine && rings == rungBefore ? 1 : 0;
        }
        turn = -1;
        lane.join();
        assertEquals(0, missed);
    }

    private void awaitTurn(final long mine) {
        while (turn != mine && turn >= 0) {
            Thread.onSpinWait();
        }
    }
}
