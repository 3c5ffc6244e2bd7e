package io.truenow.fabric.time;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.status.AtomicCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Reads the process' clock often enough for it to be exact, and tells of pauses and of steps of the wall clock: one line each, and
 * counters. A thread of its own, since the others wait for things; launched and closed by the launching thread.
 */
public final class PauseWatch implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PauseWatch.class);
    private static final long INTERVAL_NS = 50_000_000L;
    /** What is less is slewing, a leap second, or a crowded machine. */
    private static final long LEAST_STEP_MS = 1_000;
    /** Between readings of two clocks; else the thread had no processor in between, and the next look is as good. */
    private static final long MOST_BLUR_MS = 100;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Path UPTIME = Path.of("/proc/uptime");

    private final ProcessClock clock;
    private final EpochClock wallClock;
    private final LongSupplier monotonicMs;
    private final LongSupplier awakeAndAsleepMs;
    private final Thread thread;
    private volatile AtomicCounter pauseCounter;
    private volatile AtomicCounter stepCounter;
    private volatile boolean isClosed;
    private int pauses;
    private long pausedNs;
    private long wallOffsetMs;
    private long asleepMs;

    /**
     * A watch that does not run yet.
     *
     * @param monotonicMs      time that stands still while the machine is suspended.
     * @param awakeAndAsleepMs time that does not; negative where it is not known.
     */
    PauseWatch(final ProcessClock clock, final EpochClock wallClock, final LongSupplier monotonicMs, final LongSupplier awakeAndAsleepMs) {
        this.clock = clock;
        this.wallClock = wallClock;
        this.monotonicMs = monotonicMs;
        this.awakeAndAsleepMs = awakeAndAsleepMs;
        this.thread = Thread.ofPlatform().daemon().name("pause-watch").unstarted(this::run);
        this.pauses = clock.pauses();
        this.pausedNs = clock.pausedNs();
        final long nowMs = monotonicMs.getAsLong();
        this.wallOffsetMs = wallClock.time() - nowMs;
        this.asleepMs = asleepMs(nowMs);
    }

    /**
     * Watches the process' clock from now on.
     *
     * @param wallClock whose steps are told.
     */
    public static PauseWatch launch(final EpochClock wallClock) {
        final PauseWatch watch = new PauseWatch(
            ProcessClock.INSTANCE, wallClock, () -> System.nanoTime() / NANOS_PER_MILLI, PauseWatch::uptimeMs);
        watch.thread.start();
        return watch;
    }

    /** Counts from now on. */
    public void addTo(final Metrics metrics) {
        pauseCounter = metrics.counter("truenow_process_pauses_total", "Pauses of a second or more of this process or its machine.");
        stepCounter = metrics.counter("truenow_process_clock_steps_total", "Steps of a second or more of the wall clock.");
        metrics.gauge("truenow_process_paused_seconds", "How long pauses of this process lasted together.",
            () -> clock.pausedNs() / NANOS_PER_SECOND);
    }

    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
    }

    /** Looks once; returns the line that is worth telling, or null. */
    String look() {
        clock.nanoTime();
        final int pausesNow = clock.pauses();
        final long pausedNowNs = clock.pausedNs();
        final long nowMs = monotonicMs.getAsLong();
        final long stepMs = wallClock.time() - nowMs - wallOffsetMs;
        final boolean isBlurred = monotonicMs.getAsLong() - nowMs > MOST_BLUR_MS;
        if (pausesNow != pauses) {
            final long lastedMs = (pausedNowNs - pausedNs) / NANOS_PER_MILLI;
            pauses = pausesNow;
            pausedNs = pausedNowNs;
            increment(pauseCounter);
            return "paused for " + seconds(lastedMs) + "; going on";
        }
        if (isBlurred || Math.abs(stepMs) < LEAST_STEP_MS) {
            return null;
        }
        wallOffsetMs += stepMs;
        final long suspendedMs = asleepMs(nowMs) - asleepMs;
        asleepMs += suspendedMs;
        if (suspendedMs >= LEAST_STEP_MS) {
            increment(pauseCounter);
            return "the machine was suspended for " + seconds(suspendedMs) + "; going on";
        }
        increment(stepCounter);
        return "the wall clock has stepped by " + (stepMs > 0 ? "+" : "") + seconds(stepMs) + "; going on";
    }

    private void run() {
        while (!isClosed) {
            LockSupport.parkNanos(INTERVAL_NS);
            final String line = look();
            if (line != null) {
                LOGGER.info(line);
            }
        }
    }

    private long asleepMs(final long nowMs) {
        final long allMs = awakeAndAsleepMs.getAsLong();
        return allMs < 0 ? 0 : allMs - nowMs;
    }

    private static void increment(final AtomicCounter counter) {
        if (counter != null) {
            counter.increment();
        }
    }

    private static String seconds(final long ms) {
        return String.format(Locale.ROOT, "%.1f s", ms / 1_000.0);
    }

    /** Linux counts a suspended machine's time here and not in {@link System#nanoTime}. */
    private static long uptimeMs() {
        try {
            final String text = Files.readString(UPTIME);
            return (long) (Double.parseDouble(text.substring(0, text.indexOf(' '))) * 1_000);
        } catch (final IOException | RuntimeException e) {
            return -1;
        }
    }
}
