package io.truenow.gateway.edge.rest;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of request bodies and batches that may await their answers at a time, in all event loops together. Any thread. */
final class InFlightBudget {
    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    InFlightBudget(final long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** False: it would be too much; nothing is taken. */
    boolean tryTake(final long bytes) {
        if (usedBytes.addAndGet(bytes) > limitBytes) {
            usedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Takes what a request that was let in turned out to need beside its body: at most as much again, so no reason to refuse it now. */
    void take(final long bytes) {
        usedBytes.addAndGet(bytes);
    }

    void giveBack(final long bytes) {
        usedBytes.addAndGet(-bytes);
    }

    long usedBytes() {
        return usedBytes.get();
    }

    long limitBytes() {
        return limitBytes;
    }
}
