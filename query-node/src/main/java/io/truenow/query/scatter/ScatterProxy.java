package io.truenow.query.scatter;

import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** The way to the scatter agent from other threads. Any thread. */
public final class ScatterProxy {
    private final ManyToOneConcurrentArrayQueue<Object> queue;

    ScatterProxy(final ManyToOneConcurrentArrayQueue<Object> queue) {
        this.queue = queue;
    }

    /** Hands a query over; false: too many wait already. */
    public boolean offer(final QueryTask task) {
        return queue.offer(task);
    }

    /** Asks for the lanes' statistics; false: too many wait already. */
    public boolean offer(final StatsReply reply) {
        return queue.offer(reply);
    }
}
