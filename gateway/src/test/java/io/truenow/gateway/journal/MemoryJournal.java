package io.truenow.gateway.journal;

import io.truenow.fabric.agent.Doorbell;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A journal in memory, for tests of edges: numbers batches, keeps copies, completes at once with the outcome that the test wants. */
public final class MemoryJournal implements Agent {
    private final ManyToOneConcurrentArrayQueue<IngestRequest> queue = new ManyToOneConcurrentArrayQueue<>(256);
    private final Map<Integer, Long> sequences = new HashMap<>();
    private final ConcurrentLinkedQueue<byte[]> batches = new ConcurrentLinkedQueue<>();
    private final BatchView view = new BatchView();
    private final int gatewayId;
    private final long incarnation;
    private volatile IngestOutcome outcome = IngestOutcome.OK;

    public MemoryJournal(final int gatewayId, final long incarnation) {
        this.gatewayId = gatewayId;
        this.incarnation = incarnation;
    }

    /** The way in. */
    public JournalProxy proxy() {
        return new JournalProxy(queue, Doorbell.NONE);
    }

    /** What becomes of requests from now on. */
    public void outcome(final IngestOutcome newOutcome) {
        outcome = newOutcome;
    }

    /** Copies of the batches journaled, in order. */
    public ConcurrentLinkedQueue<byte[]> batches() {
        return batches;
    }

    @Override
    public int doWork() {
        return queue.drain(this::onRequest);
    }

    @Override
    public String roleName() {
        return "memory-journal";
    }

    private void onRequest(final IngestRequest request) {
        final IngestOutcome now = outcome;
        if (now.isJournaled()) {
            request.journaled(gatewayId, incarnation);
            for (int i = 0; i < request.batchCount(); i++) {
                final int offset = request.batchOffset(i);
                view.wrap(request.batch(i), offset, request.batchLength(i));
                if (!view.isValid()) {
                    throw new IllegalStateException("an edge handed over an invalid batch");
                }
                final long sequence = sequences.merge(view.shardId(), 1L, Long::sum);
                BatchPosition.assign(request.batch(i), offset, gatewayId, incarnation, sequence, 0, 0);
                request.position(i, view.shardId(), sequence);
                final byte[] copy = new byte[request.batchLength(i)];
                request.batch(i).getBytes(offset, copy);
                batches.add(copy);
            }
        }
        final IngestCompletion completion = request.completion();
        request.complete(now);
        completion.onTurnEnd();
    }
}
