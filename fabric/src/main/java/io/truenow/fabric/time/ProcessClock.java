package io.truenow.fabric.time;

import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The time that this process has been running: what time-outs, deadlines and keepalives go by. It never steps: a stretch in which no thread
 * of the process has looked at it, because the process was stopped, its machine suspended or its virtual machine moved, counts as {@link
 * #LONGEST_STEP_NS} at most. So nobody in the process is late after a pause, and a wall clock that steps is nobody's business.
 *
 * <p>Any thread reads it, without a lock and without garbage. It is exact as long as somebody reads it more often than once in {@link
 * #LONGEST_STEP_NS}, which {@link PauseWatch} does; time read in one process means nothing in another.
 *
 * <p>Memory: {@code seenNs} is when it was read last, to within a millisecond, {@code skippedNs} what does not count. They change together
 * only under the lock, at the end of a pause; readers look at {@code skippedNs} before and after, and see a step until both are written.
 */
public final class ProcessClock implements NanoClock {
    /** The process' own, which measures from the moment at which it was first used. */
    public static final ProcessClock INSTANCE = new ProcessClock(SystemNanoClock.INSTANCE, WallClock.INSTANCE);

    /** As much of a pause counts. Shorter ones count in full. */
    public static final long LONGEST_STEP_NS = 100_000_000L;
    /** What is shorter is an ordinary stall, as of a garbage collection or a crowded machine, and is not told. */
    public static final long LEAST_PAUSE_NS = 1_000_000_000L;

    private static final long SEEN_RESOLUTION_NS = 1_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final VarHandle SEEN;

    static {
        try {
            SEEN = MethodHandles.lookup().findVarHandle(ProcessClock.class, "seenNs", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final NanoClock source;
    private final long startNs;
    private final long startMs;
    private final EpochClock epoch = this::epochMs;
    private volatile long seenNs;
    private volatile long skippedNs;
    private volatile long pausedNs;
    private volatile int pauses;

    /**
     * A clock over another one.
     *
     * @param source    which does not go back.
     * @param wallClock read once, for the time that {@link #epoch} begins with.
     */
    public ProcessClock(final NanoClock source, final EpochClock wallClock) {
        this.source = source;
        this.startNs = source.nanoTime();
        this.startMs = wallClock.time();
        this.seenNs = startNs;
    }

    @Override
    public long nanoTime() {
        while (true) {
            final long skipped = skippedNs;
            final long nowNs = source.nanoTime();
            final long seen = seenNs;
            final long stepNs = nowNs - seen;
            if (stepNs > LONGEST_STEP_NS) {
                endPause();
            } else if (skipped == skippedNs) {
                if (stepNs > SEEN_RESOLUTION_NS) {
                    // whoever loses has nothing to add; after a pause it has to lose
                    SEEN.compareAndSet(this, seen, nowNs);
                }
                return nowNs - skipped;
            }
        }
    }

    /**
     * The same time in milliseconds since the Unix epoch, by the wall clock as it was when this clock began: for what compares such times
     * among threads of this process only. It falls behind the wall clock by each pause, and does not follow a step.
     */
    public EpochClock epoch() {
        return epoch;
    }

    /** Pauses of {@link #LEAST_PAUSE_NS} and more so far. */
    public int pauses() {
        return pauses;
    }

    /** How long those lasted together. */
    public long pausedNs() {
        return pausedNs;
    }

    private synchronized void endPause() {
        final long nowNs = source.nanoTime();
        final long stepNs = nowNs - seenNs;
        if (stepNs <= LONGEST_STEP_NS) {
            return;
        }
        if (stepNs >= LEAST_PAUSE_NS) {
            pausedNs = pausedNs + stepNs;
            pauses = pauses + 1;
        }
        // in this order: until the second is written, every reader sees the step and comes here
        skippedNs = skippedNs + stepNs - LONGEST_STEP_NS;
        seenNs = nowNs;
    }

    private long epochMs() {
        return startMs + (nanoTime() - startNs) / NANOS_PER_MILLI;
    }
}
