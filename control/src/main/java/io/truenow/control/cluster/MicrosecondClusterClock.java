package io.truenow.control.cluster;

import io.aeron.cluster.service.ClusterClock;
import io.truenow.fabric.time.WallClock;
import org.agrona.concurrent.EpochClock;

import java.util.concurrent.TimeUnit;

/** Cluster time in the catalog's unit. It moves in milliseconds, without garbage: leases and creation times need no more. */
final class MicrosecondClusterClock implements ClusterClock {
    private final EpochClock wallClock;

    MicrosecondClusterClock() {
        this(WallClock.INSTANCE);
    }

    /** For tests: goes by another clock. */
    MicrosecondClusterClock(final EpochClock wallClock) {
        this.wallClock = wallClock;
    }

    @Override
    public long time() {
        return wallClock.time() * 1_000L;
    }

    @Override
    public TimeUnit timeUnit() {
        return TimeUnit.MICROSECONDS;
    }

    @Override
    public long timeMillis() {
        return wallClock.time();
    }

    @Override
    public long timeMicros() {
        return time();
    }

    @Override
    public long timeNanos() {
        return wallClock.time() * 1_000_000L;
    }

    @Override
    public long convertToNanos(final long time) {
        return time * 1_000L;
    }
}
