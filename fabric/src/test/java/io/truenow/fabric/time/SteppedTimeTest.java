package io.truenow.fabric.time;

import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertEquals;

class SteppedTimeTest {
    private static final long START_US = 1_700_000_000_000_000L;

    private final SteppedTime time = new SteppedTime(START_US);
    private final Clocks clocks = time.clocks();

    @Test
    void standsStillUntilItIsMoved() {
        final long beforeNs = clocks.process().nanoTime();
        assertEquals(beforeNs, clocks.process().nanoTime());
        assertEquals(START_US, clocks.wall().microTime());
        for (int i = 0; i < 1_000; i++) {
            time.advance(Duration.ofMillis(100));
        }
        assertEquals(100_000_000_000L, clocks.process().nanoTime() - beforeNs, "each step counts in full");
        assertEquals(START_US + 100_000_000L, clocks.wall().microTime());
        assertEquals(0, clocks.process().pauses());
    }

    @Test
    void aLongStepIsAPauseOfTheProcess() {
        final long beforeNs = clocks.process().nanoTime();
        final long machineNs = clocks.machine().nanoTime();
        time.advance(Duration.ofHours(1));
        assertEquals(ProcessClock.LONGEST_STEP_NS, clocks.process().nanoTime() - beforeNs);
        assertEquals(1, clocks.process().pauses());
        assertEquals(START_US + 3_600_000_000L, clocks.wall().microTime());
        assertEquals(3_600_000_000_000L, clocks.machine().nanoTime() - machineNs);
    }
}
