package io.truenow.gateway.journal;

import io.truenow.fabric.agent.Doorbell;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** The edges' way to the journal agent. Any thread. */
public final class JournalProxy {
    private final ManyToOneConcurrentArrayQueue<IngestRequest> queue;
    private final Doorbell journal;

    /**
     * A way to one agent.
     *
     * @param queue   that it polls.
     * @param journal the agent's doorbell.
     */
    public JournalProxy(final ManyToOneConcurrentArrayQueue<IngestRequest> queue, final Doorbell journal) {
        this.queue = queue;
        this.journal = journal;
    }

    /**
     * Hands a request over.
     *
     * @return false if the queue is full, then the request stays the caller's: answer 503 {@code gateway_busy} with {@code Retry-After}.
     */
    public boolean offer(final IngestRequest request) {
        final boolean isTaken = queue.offer(request);
        if (isTaken) {
            journal.ring();
        }
        return isTaken;
    }
}
