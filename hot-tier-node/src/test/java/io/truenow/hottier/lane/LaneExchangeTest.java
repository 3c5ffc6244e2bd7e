package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import org.junit.jupiter.api.Test;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
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

    @Test
    void shardsAreThoseOfTheLaneAtAnyTime() {
        assertEquals(List.of(), exchange.shardList());
        try (LaneMemory memory = new LaneMemory(
            new BlockPool(RegionSource.inline(new MemoryAccountant(1 << 20).tag("regions", 1 << 20), 1 << 18), 1 << 18, 4), 42)) {
            final ShardStore first = new ShardStore(memory, 7, 3);
            final ShardStore second = new ShardStore(memory, 8, 3);
            exchange.shards(List.of(first, second));
            final var before = exchange.shards();
            assertSame(first, before.get(7));
            assertSame(second, before.get(8));
            assertEquals(List.of(first, second), exchange.shardList());
            exchange.shards(List.of(second));
            assertNull(exchange.shards().get(7));
            assertSame(second, exchange.shards().get(8));
            assertEquals(List.of(second), exchange.shardList());
            assertSame(first, before.get(7), "who looked it up before has what was there");
        }
    }

    @Test
    void segmentsGoToTheQueryAgentAndComeBackInOrder() {
        final List<Segment> segments = segments(3);
        assertNull(exchange.pollRetired());
        assertNull(exchange.pollReleased());
        exchange.retire(segments);
        assertEquals(0, exchange.flushRetired(), "all are on their way");
        assertEquals(3, exchange.segmentsInTransit());
        assertSame(segments.get(0), exchange.pollRetired());
        exchange.release(segments.get(0));
        assertEquals(3, exchange.segmentsInTransit(), "in transit on its way back too");
        assertSame(segments.get(1), exchange.pollRetired());
        exchange.release(segments.get(1));
        assertEquals(0, exchange.flushReleased());
        assertSame(segments.get(0), exchange.pollReleased());
        assertSame(segments.get(1), exchange.pollReleased());
        assertNull(exchange.pollReleased());
        assertSame(segments.get(2), exchange.pollRetired());
        assertNull(exchange.pollRetired());
        assertEquals(0, exchange.segmentsInTransit());
    }

    @Test
    void whatAFullQueueDoesNotTakeFollowsWhenThereIsRoom() {
        final List<Segment> segments = segments(20_000);
        exchange.retire(segments);
        final int taken = exchange.segmentsInTransit();
        assertTrue(taken < segments.size(), "the queue never was full");
        assertEquals(0, exchange.flushRetired());
        assertSame(segments.get(0), exchange.pollRetired());
        assertSame(segments.get(1), exchange.pollRetired());
        assertEquals(2, exchange.flushRetired());
        segments.subList(2, segments.size()).forEach(segment -> {
            assertSame(segment, exchange.pollRetired());
            exchange.flushRetired();
        });
        segments.forEach(exchange::release);
        assertEquals(taken, exchange.segmentsInTransit());
        assertEquals(0, exchange.flushReleased());
        assertSame(segments.get(0), exchange.pollReleased());
        assertEquals(1, exchange.flushReleased());
        segments.subList(1, segments.size()).forEach(segment -> {
            assertSame(segment, exchange.pollReleased());
            exchange.flushReleased();
        });
        assertEquals(0, exchange.segmentsInTransit());
    }

    private static List<Segment> segments(final int count) {
        final List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            segments.add(new FakeFile(i, 0, 1));
        }
        return segments;
    }

    private void awaitTurn(final long mine) {
        while (turn != mine && turn >= 0) {
            Thread.onSpinWait();
        }
    }
}
