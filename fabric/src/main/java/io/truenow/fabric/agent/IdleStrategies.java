package io.truenow.fabric.agent;

import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

import java.time.Duration;
import java.util.function.Supplier;

/** How a thread passes the time when none of its agents has work: how soon it notices new work against how much of a core it burns. */
public enum IdleStrategies {
    /**
     * Spins, yields, then pauses, ever longer, until it is rung or looks by itself: for machines with fewer cores than threads. Pauses are
     * short after work that came without a ring, else they may be rests.
     */
    BACKOFF,
    /** Never stops: lowest latency, one core a thread. */
    SPIN,
    /** Yields: for a core shared with another busy thread. */
    YIELD,
    /** Parks at once. */
    PARK;

    /**
     * Makes strategies of this kind, one for each thread, for work that comes without rings.
     *
     * @param maxPark longest park; ignored by those that do not park.
     */
    public Supplier<IdleStrategy> parkingAtMost(final Duration maxPark) {
        return parkingAtMost(maxPark, maxPark);
    }

    /**
     * Makes strategies of this kind, one for each thread.
     *
     * @param maxPark longest park; ignored by those that do not park.
     * @param maxRest longest rest while no work comes that was not announced by a ring; of {@link #BACKOFF} only.
     */
    public Supplier<IdleStrategy> parkingAtMost(final Duration maxPark, final Duration maxRest) {
        return parkingAtMost(maxPark, maxRest, new RestingThreads());
    }

    /**
     * Makes strategies of this kind, one for each thread.
     *
     * @param maxPark longest park; ignored by those that do not park.
     * @param maxRest longest rest while no work comes that was not announced by a ring; of {@link #BACKOFF} only.
     * @param bell    ends the rests of all of them.
     */
    public Supplier<IdleStrategy> parkingAtMost(final Duration maxPark, final Duration maxRest, final RestingThreads bell) {
        final long maxParkNs = Math.max(1, maxPark.toNanos());
        return switch (this) {
            case BACKOFF -> () -> {
                final RestingIdleStrategy strategy = new RestingIdleStrategy(maxParkNs, maxRest.toNanos(), Pauses.SYSTEM);
                bell.add(strategy);
                return strategy;
            };
            case SPIN -> () -> BusySpinIdleStrategy.INSTANCE;
            case YIELD -> () -> YieldingIdleStrategy.INSTANCE;
            case PARK -> () -> new SleepingIdleStrategy(maxParkNs);
        };
    }
}
