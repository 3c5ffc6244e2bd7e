package io.truenow.gateway.journal;

import net.openhft.chronicle.core.time.TimeProvider;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * The time that roll files are named by: the wall clock's, but it never goes back. A roll file that another follows is closed for ever, so
 * a clock that was ahead and is set right would have the journal append where nothing can be appended. Where the wall clock is behind,
 * this one goes on from where it was at its own pace: files roll as ever, with names that are ahead. Nothing expires by these names.
 * Used by the one thread that has the journal.
 */
final class RollTime implements TimeProvider {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final EpochClock wallClock;
    private final NanoClock nanoClock;
    /** The time was or is to be this at that moment. */
    private long baseMs = Long.MIN_VALUE;
    private long baseNs;

    RollTime(final EpochClock wallClock, final NanoClock nanoClock) {
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
    }

    /** From now on it is that late at least: there is a roll file that begins then. */
    void atLeast(final long timeMs) {
        if (baseMs == Long.MIN_VALUE || timeMs > currentTimeMillis()) {
            baseMs = timeMs;
            baseNs = nanoClock.nanoTime();
        }
    }

    @Override
    public long currentTimeMillis() {
        final long wallMs = wallClock.time();
        final long nowNs = nanoClock.nanoTime();
        if (baseMs != Long.MIN_VALUE) {
            final long goneOnMs = baseMs + (nowNs - baseNs) / NANOS_PER_MILLI;
            if (goneOnMs > wallMs) {
                return goneOnMs;
            }
        }
        baseMs = wallMs;
        baseNs = nowNs;
        return wallMs;
    }
}
