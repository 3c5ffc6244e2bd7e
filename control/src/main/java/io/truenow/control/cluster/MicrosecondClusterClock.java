package io.truenow.control.cluster;

import io.aeron.cluster.service.ClusterClock;
import org.agrona.concurrent.SystemEpochClock;

import java.util.concurrent.TimeUnit;

/** Cluster time in the catalog's unit. It moves in milliseconds, without garbage: leases and creation times need no more. */
final class MicrosecondClusterClock implements ClusterClock {
    @Override
    public long time() {
        return SystemEpochClock.INSTANCE.time() * 1_000L;
    }

    @Override
    public TimeUnit timeUnit() {
        return TimeUnit.MICROSECONDS;
    }

    @Override
    public long timeMillis() {
        return SystemEpochClock.INSTANCE.time();
    }

    @Override
    public long timeMicros() {
        return time();
    }

    @Override
    public long timeNanos() {
        return SystemEpochClock.INSTANCE.time() * 1_000_000L;
    }

    @Override
    public long convertToNanos(final long time) {
        return time * 1_000L;
    }
}
