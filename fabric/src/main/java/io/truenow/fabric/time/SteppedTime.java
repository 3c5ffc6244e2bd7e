package io.truenow.fabric.time;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A time that stands still until it is moved: what services go by that are stepped. It moves in steps that a {@link ProcessClock} counts in
 * full. Moved by one thread, read by any.
 */
public final class SteppedTime {
    private volatile long nowNs = TimeUnit.SECONDS.toNanos(1);
    private final long startNs = nowNs;
    private final long startUs;
    private final Clocks clocks;

    /** A time whose wall clock begins with the machine's. */
    public SteppedTime() {
        this(WallClock.INSTANCE.microTime());
    }

    /**
     * A time that begins with a moment of the past or the future.
     *
     * @param startUs microseconds since the Unix epoch.
     */
    public SteppedTime(final long startUs) {
        this.startUs = startUs;
        this.clocks = new Clocks(
            new ProcessClock(() -> nowNs, () -> TimeUnit.MICROSECONDS.toMillis(startUs)), this::wallUs, () -> nowNs);
    }

    /** Those of a process that goes by this time. */
    public Clocks clocks() {
        return clocks;
    }

    /** Moves it on; by more than {@link ProcessClock#LONGEST_STEP_NS} it is a pause of the process. */
    public void advance(final Duration duration) {
        nowNs += duration.toNanos();
        // so that the next step is counted from here
        clocks.process().nanoTime();
    }

    private long wallUs() {
        return startUs + TimeUnit.NANOSECONDS.toMicros(nowNs - startNs);
    }
}
