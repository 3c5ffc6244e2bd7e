package io.truenow.fabric.agent;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

import java.time.Duration;
import java.util.function.Supplier;

/** How a thread passes the time when none of its agents has work: how soon it notices new work against how much of a core it burns. */
public enum IdleStrategies {
    /** Spins, yields, then parks, ever longer: for machines with fewer cores than threads. */
    BACKOFF,
    /** Never stops: lowest latency, one core a thread. */
    SPIN,
    /** Yields: for a core shared with another busy thread. */
    YIELD,
    /** Parks at once. */
    PARK;

    private static final long SPINS = 50;
    private static final long YIELDS = 20;
    private static final long MIN_PARK_NS = 50_000;

    /**
     * Makes strategies of this kind, one for each thread.
     *
     * @param maxPark longest park; ignored by those that do not park.
     */
    public Supplier<IdleStrategy> parkingAtMost(final Duration maxPark) {
        final long maxParkNs = Math.max(1, maxPark.toNanos());
        return switch (this) {
            case BACKOFF -> () -> new BackoffIdleStrategy(SPINS, YIELDS, Math.min(MIN_PARK_NS, maxParkNs), maxParkNs);
            case SPIN -> () -> BusySpinIdleStrategy.INSTANCE;
            case YIELD -> () -> YieldingIdleStrategy.INSTANCE;
            case PARK -> () -> new SleepingIdleStrategy(maxParkNs);
        };
    }
}
