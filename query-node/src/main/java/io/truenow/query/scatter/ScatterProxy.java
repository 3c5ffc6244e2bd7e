package io.truenow.query.scatter;

import io.truenow.fabric.agent.Doorbell;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** The way to the scatter agent from other threads. Any thread. */
public final class ScatterProxy {
    private final ManyToOneConcurrentArrayQueue<ScatterCommand> queue;
    private final Doorbell agent;
    private volatile boolean isClosed;

    ScatterProxy(final ManyToOneConcurrentArrayQueue<ScatterCommand> queue, final Doorbell agent) {
        this.queue = queue;
        this.agent = agent;
    }

    /** Hands a query over; false: too many wait already. */
    public boolean offer(final QueryTask task) {
        return offerCommand(task);
    }

    /** Asks for the lanes' statistics; false: too many wait already. */
    public boolean offer(final StatsReply reply) {
        return offerCommand(new StatsTask(reply));
    }

    private boolean offerCommand(final ScatterCommand command) {
        final boolean isTaken = !isClosed && queue.offer(command);
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
