package io.truenow.fabric.time;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProcessClockTest {
    private static final long WALL_MS = 1_700_000_000_000L;
    private final AtomicLong sourceNs = new AtomicLong(-5_000_000_000L);
    private final AtomicLong wallMs = new AtomicLong(WALL_MS);
    private final ProcessClock clock = new ProcessClock(sourceNs::get, wallMs::get);

    @Test
    void goesAsItsSourceDoesWhileSomebodyLooks() {
        final RandomGenerator random = Seeds.random("process-clock");
        final long startNs = clock.nanoTime();
        long passedNs = 0;
        for (int i = 0; i < 10_000; i++) {
            final long stepNs = random.nextLong(ProcessClock.LONGEST_STEP_NS - 1_000_000L);
            passedNs += stepNs;
            sourceNs.addAndGet(stepNs);
            assertEquals(passedNs, clock.nanoTime() - startNs);
        }
        assertEquals(0, clock.pauses());
        assertEquals(WALL_MS + TimeUnit.NANOSECONDS.toMillis(passedNs), clock.epoch().time());
    }

    @Test
    void letsAPauseOfHoursCountAsOneStep() {
        final long startNs = clock.nanoTime();
        for (final long pauseNs : new long[] {6_500_000_000L, TimeUnit.SECONDS.toNanos(45), TimeUnit.HOURS.toNanos(9)}) {
            final long beforeNs = clock.nanoTime();
            final int pauses = clock.pauses();
            final long pausedNs = clock.pausedNs();
            sourceNs.addAndGet(pauseNs);
            assertEquals(ProcessClock.LONGEST_STEP_NS, clock.nanoTime() - beforeNs);
            assertEquals(pauses + 1, clock.pauses());
            assertEquals(pauseNs, clock.pausedNs() - pausedNs);
        }
        assertEquals(WALL_MS + 300, clock.epoch().time());
        sourceNs.addAndGet(7);
        assertEquals(3 * ProcessClock.LONGEST_STEP_NS + 7, clock.nanoTime() - startNs);
    }

    @Test
    void tellsNoStallThatIsOrdinary() {
        final long startNs = clock.nanoTime();
        sourceNs.addAndGet(ProcessClock.LEAST_PAUSE_NS - 1);
        assertEquals(ProcessClock.LONGEST_STEP_NS, clock.nanoTime() - startNs);
        assertEquals(0, clock.pauses());
    }

    @Test
    void takesNoPartInStepsOfTheWallClock() {
        final long beforeMs = clock.epoch().time();
        wallMs.addAndGet(-TimeUnit.HOURS.toMillis(1));
        sourceNs.addAndGet(2_000_000);
        assertEquals(beforeMs + 2, clock.epoch().time());
    }

    /** No thread sees it go back, nor any part of a pause but the step, whatever it was doing when the pause came. */
    @Test
    void isOneClockForAllThreads() throws InterruptedException {
        final long pauseNs = TimeUnit.HOURS.toNanos(1);
        final int pauses = 2_000;
        final long startNs = clock.nanoTime();
        final AtomicReference<String> fault = new AtomicReference<>();
        final AtomicLong isOver = new AtomicLong();
        final List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(Thread.ofPlatform().start(() -> {
                long lastNs = startNs;
                while (isOver.get() == 0) {
                    final long nowNs = clock.nanoTime();
                    if (nowNs - lastNs < 0 || nowNs - startNs > (pauses + 1) * ProcessClock.LONGEST_STEP_NS) {
                        fault.compareAndSet(null, "from " + (lastNs - startNs) + " to " + (nowNs - startNs));
                    }
                    lastNs = nowNs;
                }
            }));
        }
        for (int i = 0; i < pauses; i++) {
            sourceNs.addAndGet(pauseNs);
            clock.nanoTime();
        }
        isOver.set(1);
        for (final Thread reader : readers) {
            reader.join();
        }
        assertNull(fault.get(), fault.get());
        assertEquals(pauses * ProcessClock.LONGEST_STEP_NS, clock.nanoTime() - startNs);
        assertEquals(pauses, clock.pauses());
    }

    @Test
    void isToldOfInOneLine() {
        final AtomicLong bootMs = new AtomicLong(77_000);
        final PauseWatch watch = new PauseWatch(clock, wallMs::get, () -> Math.floorDiv(sourceNs.get(), 1_000_000L), bootMs::get);
        assertNull(pass(watch, bootMs, 50));
        assertEquals("paused for 6.5 s; going on", pass(watch, bootMs, 6_500));
        assertNull(pass(watch, bootMs, 50));
        wallMs.addAndGet(15_000);
        assertEquals("the wall clock has stepped by +15.0 s; going on", pass(watch, bootMs, 50));
        wallMs.addAndGet(-TimeUnit.HOURS.toMillis(1));
        assertEquals("the wall clock has stepped by -3600.0 s; going on", pass(watch, bootMs, 50));
        wallMs.addAndGet(20_000);
        bootMs.addAndGet(20_000);
        final String suspended = pass(watch, bootMs, 50);
        assertTrue(suspended.startsWith("the machine was suspended for 20.0 s"), suspended);
        assertNull(pass(watch, bootMs, 50));
    }

    private String pass(final PauseWatch watch, final AtomicLong bootMs, final long ms) {
        sourceNs.addAndGet(ms * 1_000_000L);
        wallMs.addAndGet(ms);
        bootMs.addAndGet(ms);
        return watch.look();
    }
}
