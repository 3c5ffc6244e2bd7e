package io.truenow.gateway.journal;

import io.truenow.fabric.agent.Doorbell;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/** Takes requests and keeps them until the test says what becomes of them. One thread. */
public final class HeldJournal {
    private final ManyToOneConcurrentArrayQueue<IngestRequest> queue;

    public HeldJournal(final int capacity) {
        queue = new ManyToOneConcurrentArrayQueue<>(capacity);
    }

    public JournalProxy proxy() {
        return new JournalProxy(queue, Doorbell.NONE);
    }

    /** Requests that wait. */
    public int held() {
        return queue.size();
    }

    /** The one that waits longest. */
    public IngestRequest first() {
        return queue.peek();
    }

    /** Completes all that wait; returns how many. */
    public int complete(final IngestOutcome outcome) {
        int count = 0;
        for (IngestRequest request = queue.poll(); request != null; request = queue.poll()) {
            final IngestCompletion completion = request.completion();
            if (outcome.isJournaled()) {
                request.journaled(9, 1);
            }
            request.complete(outcome);
            completion.onTurnEnd();
            count++;
        }
        return count;
    }
}
