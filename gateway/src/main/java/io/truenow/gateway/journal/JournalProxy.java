package io.truenow.gateway.journal;

import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** The edges' way to the journal agent. Any thread. */
public final class JournalProxy {
    private final ManyToOneConcurrentArrayQueue<IngestRequest> queue;

    public JournalProxy(final ManyToOneConcurrentArrayQueue<IngestRequest> queue) {
        this.queue = queue;
    }

    /**
     * Hands a request over.
     *
     * @return false if the queue is full, then the request stays the caller's: answer 503 {@code gateway_busy} with {@code Retry-After}.
     */
    public boolean offer(final IngestRequest request) {
        return queue.offer(request);
    }
}
