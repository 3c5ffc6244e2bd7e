package io.truenow.fabric.agent;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/**
 * Idles as another does, and rings when work comes after a time without. Not more often than each {@link #INTERVAL_NS}: those who are sent
 * a stream look for it themselves soon enough. For one thread, that of a media driver.
 */
public final class RingingIdleStrategy implements IdleStrategy {
    static final long INTERVAL_NS = 3_000_000L;

    private final IdleStrategy delegate;
    private final Doorbell doorbell;
    private final NanoClock clock;
    private boolean isIdle;
    private long rungNs;

    /**
     * A strategy for one thread.
     *
     * @param clock that does not step.
     */
    public RingingIdleStrategy(final IdleStrategy delegate, final Doorbell doorbell, final NanoClock clock) {
        this.delegate = delegate;
        this.doorbell = doorbell;
        this.clock = clock;
        this.rungNs = clock.nanoTime() - INTERVAL_NS;
    }

    @Override
    public void idle(final int workCount) {
        if (workCount == 0) {
            isIdle = true;
        } else if (isIdle) {
            isIdle = false;
            final long nowNs = clock.nanoTime();
            if (nowNs - rungNs >= INTERVAL_NS) {
                rungNs = nowNs;
                doorbell.ring();
            }
        }
        delegate.idle(workCount);
    }

    @Override
    public void idle() {
        isIdle = true;
        delegate.idle();
    }

    @Override
    public void reset() {
        delegate.reset();
    }

    @Override
    public String alias() {
        return delegate.alias();
    }
}
