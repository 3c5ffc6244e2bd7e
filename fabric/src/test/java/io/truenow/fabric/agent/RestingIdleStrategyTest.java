package io.truenow.fabric.agent;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RestingIdleStrategyTest {
    private static final long MICRO_NS = 1_000;
    private static final long FIRST_NS = RestingIdleStrategy.FIRST_PAUSE_NS;
    private static final long MAX_PAUSE_NS = 100 * MICRO_NS;
    private static final long MAX_REST_NS = 1_000 * MICRO_NS;

    private final Played pauses = new Played();
    private final RestingIdleStrategy strategy = new RestingIdleStrategy(MAX_PAUSE_NS, MAX_REST_NS, pauses);

    @Test
    void restsEverLongerWhileNothingComes() {
        awaitPauses(8);
        assertEquals(List.of(FIRST_NS, 2 * FIRST_NS, 4 * FIRST_NS, 8 * FIRST_NS, 16 * FIRST_NS, MAX_REST_NS, MAX_REST_NS, MAX_REST_NS),
            pauses.asked);
        assertEquals(1, pauses.begun, "once for the thread");
    }

    @Test
    void looksOnceMoreBeforeItsFirstPause() {
        for (int turn = 0; turn < RestingIdleStrategy.SPINS + RestingIdleStrategy.YIELDS; turn++) {
            strategy.idle(0);
        }
        strategy.ring();
        assertEquals(0, pauses.woken, "it does not rest yet");
        strategy.idle(0);
        assertEquals(List.of(), pauses.asked, "it says that it will rest, and looks");
        strategy.ring();
        assertEquals(1, pauses.woken);
        strategy.idle(0);
        assertEquals(List.of(), pauses.asked, "it was rung, and looks");
        strategy.idle(0);
        assertEquals(List.of(FIRST_NS), pauses.asked);
    }

    @Test
    void isRungOnceARest() {
        awaitPauses(1);
        strategy.ring();
        strategy.ring();
        assertEquals(1, pauses.woken);
        strategy.idle(0);
        strategy.ring();
        assertEquals(2, pauses.woken);
    }

    @Test
    void ringsNobodyWhoIsAwake() {
        strategy.ring();
        awaitPauses(1);
        strategy.idle(1);
        strategy.ring();
        assertEquals(0, pauses.woken);
    }

    @Test
    void pausesBrieflyAfterAStreamOfUnannouncedWorkForAWhile() {
        for (int burst = 0; burst < RestingIdleStrategy.STREAM_BURSTS; burst++) {
            workComesIn(RestingIdleStrategy.NEAR_NS);
        }
        pauses.asked.clear();
        awaitPauses(4);
        assertEquals(List.of(FIRST_NS, MAX_PAUSE_NS, MAX_PAUSE_NS, MAX_PAUSE_NS), pauses.asked);
        pauses.nowNs += RestingIdleStrategy.ALERT_NS;
        pauses.asked.clear();
        awaitPauses(6);
        assertEquals(MAX_REST_NS, pauses.asked.getLast());
    }

    @Test
    void restsLongWhereUnannouncedWorkComesSeldomOrInOneBurst() {
        for (int i = 0; i < 10; i++) {
            workComesIn(RestingIdleStrategy.NEAR_NS + 1);
        }
        assertRestsLong();
        for (int i = 0; i < 10; i++) {
            workComesIn(RestingIdleStrategy.BURST_NS / 20);
        }
        assertRestsLong();
    }

    private void assertRestsLong() {
        pauses.asked.clear();
        awaitPauses(7);
        assertEquals(MAX_REST_NS, pauses.asked.getLast());
    }

    /** It pauses, nobody rings, and there is something. */
    private void workComesIn(final long nanoseconds) {
        final long atNs = pauses.nowNs + nanoseconds;
        pauses.isTimeStill = true;
        awaitPauses(1);
        pauses.isTimeStill = false;
        pauses.nowNs = atNs;
        strategy.idle(1);
    }

    @Test
    void restsLongWhereWorkIsAnnounced() {
        for (int i = 0; i < 3; i++) {
            pauses.asked.clear();
            awaitPauses(4);
            pauses.whilePaused = strategy::ring;
            strategy.idle(0);
            pauses.whilePaused = null;
            strategy.idle(1);
        }
        assertEquals(List.of(FIRST_NS, 2 * FIRST_NS, 4 * FIRST_NS, 8 * FIRST_NS, 16 * FIRST_NS), pauses.asked);
    }

    @Test
    void workThatFollowsWorkSaysNothing() {
        strategy.idle(1);
        strategy.idle(0);
        strategy.idle(1);
        awaitPauses(5);
        assertTrue(pauses.asked.getLast() > MAX_PAUSE_NS);
    }

    private void awaitPauses(final int count) {
        final int before = pauses.asked.size();
        while (pauses.asked.size() < before + count) {
            strategy.idle(0);
        }
    }

    private static final class Played implements Pauses {
        private final List<Long> asked = new ArrayList<>();
        private int begun;
        private int woken;
        private long nowNs;
        private Runnable whilePaused;
        private boolean isTimeStill;

        @Override
        public void begin() {
            begun++;
        }

        @Override
        public void pause(final long nanoseconds) {
            asked.add(nanoseconds);
            if (whilePaused == null) {
                nowNs += isTimeStill ? 0 : nanoseconds;
            } else {
                whilePaused.run();
            }
        }

        @Override
        public void wake(final Thread thread) {
            assertEquals(Thread.currentThread(), thread);
            woken++;
        }

        @Override
        public long nanoTime() {
            return nowNs;
        }
    }
}
