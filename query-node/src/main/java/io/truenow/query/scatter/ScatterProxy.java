package io.truenow.query.scatter;

import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** The way to the scatter agent from other threads. Any thread. */
public final class ScatterProxy {
    private final ManyToOneConcurrentArrayQueue<Object> queue;
    private volatile boolean isClosed;

    ScatterProxy(final ManyToOneConcurrentArrayQueue<Object> queue) {
        this.queue = queue;
    }

    /** Hands a query over; false: too many wait already. */
    public boolean offer(final QueryTask task) {
        return !isClosed && queue.offer(task);
    }

    /** Asks for the lanes' statistics; false: too many wait already. */
    public boolean offer(final StatsReply reply) {
        return !isClosed && queue.offer(reply);
    }

    /** Takes nothing any more: the agent is about to end. */
    void close() {
        isClosed = true;
    }
}
