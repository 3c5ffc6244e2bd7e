package io.truenow.query.scatter;

import io.truenow.fabric.agent.Doorbell;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** The way to the scatter agent from other threads. Any thread. */
public final class ScatterProxy {
    private final ManyToOneConcurrentArrayQueue<Object> queue;
    private final Doorbell agent;
    private volatile boolean isClosed;

    ScatterProxy(final ManyToOneConcurrentArrayQueue<Object> queue, final Doorbell agent) {
        this.queue = queue;
        this.agent = agent;
    }

    /** Hands a query over; false: too many wait already. */
    public boolean offer(final QueryTask task) {
        return offerAny(task);
    }

    /** Asks for the lanes' statistics; false: too many wait already. */
    public boolean offer(final StatsReply reply) {
        return offerAny(reply);
    }

    private boolean offerAny(final Object task) {
        final boolean isTaken = !isClosed && queue.offer(task);
        if (isTaken) {
            agent.ring();
        }
        return isTaken;
    }

    /** Takes nothing any more: the agent is about to end. */
    void close() {
        isClosed = true;
    }
}
