package io.truenow.fabric.http.limits;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The bytes that an edge holds for its clients, read or unread: requests that are received, those that are being answered with what they
 * became, answers that clients have not read yet. Any thread.
 *
 * <p>A request takes the room for all of its body before the body is read, so that whatever is let in can be received to its end. Who
 * finds no room waits, and says so here, lest others that need less take every byte that is given back.
 */
public final class ClientBudget {
    /** Beyond the limit, for health and metrics: somebody must be able to see why the others wait. */
    static final long MONITORING_RESERVE_BYTES = 4L << 20;

    private final String key;
    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicReference<Object> first = new AtomicReference<>();

    /**
     * An unused budget.
     *
     * @param key        of the configuration, named where the budget is used up.
     * @param limitBytes at most in use, less what cannot be refused any more.
     */
    public ClientBudget(final String key, final long limitBytes) {
        if (limitBytes <= 0) {
            throw new IllegalArgumentException(key + " must be greater than 0");
        }
        this.key = key;
        this.limitBytes = limitBytes;
    }

    /** Takes room for a request unless it would be too much, or somebody else waits for room. */
    public boolean tryEnter(final long bytes, final Object who) {
        final Object waiting = first.get();
        return (waiting == null || waiting == who) && tryTake(bytes);
    }

    /** Takes room unless it would be too much, whoever waits: for what goes on, which waiting would only keep from ending. */
    public boolean tryTake(final long bytes) {
        return tryTake(bytes, limitBytes);
    }

    /** The same with the reserve for health and metrics. */
    public boolean tryTakeReserved(final long bytes) {
        return tryTake(bytes, limitBytes + MONITORING_RESERVE_BYTES);
    }

    /** Counts what is held already, or must be answered whatever it takes. */
    public void take(final long bytes) {
        usedBytes.addAndGet(bytes);
    }

    public void giveBack(final long bytes) {
        usedBytes.addAndGet(-bytes);
    }

    /** From now on nobody else enters, if nobody has claimed that before; the one who waits longest does. */
    public void claimNext(final Object who) {
        if (first.get() == null) {
            first.compareAndSet(null, who);
        }
    }

    /** Ends the claim, if there is one: it has entered or given up. */
    public void endClaim(final Object who) {
        if (first.get() == who) {
            first.compareAndSet(who, null);
        }
    }

    public String key() {
        return key;
    }

    public long usedBytes() {
        return usedBytes.get();
    }

    public long limitBytes() {
        return limitBytes;
    }

    private boolean tryTake(final long bytes, final long limit) {
        if (usedBytes.addAndGet(bytes) > limit) {
            usedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }
}
