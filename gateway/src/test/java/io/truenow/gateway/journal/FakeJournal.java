package io.truenow.gateway.journal;

import io.truenow.codecs.ingest.IngestBatchDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.format.batch.BatchPosition;
import io.truenow.testing.Await;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** A journal that keeps copies of the batches, gives positions and answers from a thread of its own, as the real one does. */
public final class FakeJournal implements AutoCloseable {
    public static final int GATEWAY_ID = 7;
    public static final long INCARNATION = 3;

    private final ManyToOneConcurrentArrayQueue<IngestRequest> queue;
    private final Queue<byte[]> batches = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Long> sequences = new HashMap<>();
    private final Thread thread = new Thread(this::run, "fake-journal");
    private volatile IngestOutcome outcome = IngestOutcome.OK;
    private volatile boolean isPaused;
    private volatile boolean isClosed;

    public FakeJournal(final int capacity) {
        queue = new ManyToOneConcurrentArrayQueue<>(capacity);
        thread.start();
    }

    public JournalProxy proxy() {
        return new JournalProxy(queue, Doorbell.NONE);
    }

    /** What happens to requests from now on. */
    public void outcome(final IngestOutcome newOutcome) {
        outcome = newOutcome;
    }

    /** While paused, requests stay in the queue. */
    public void pause(final boolean newIsPaused) {
        isPaused = newIsPaused;
    }

    /** Requests in the queue. */
    public int queued() {
        return queue.size();
    }

    /** The next batch that was journaled, or null. */
    public byte[] pollBatch() {
        return batches.poll();
    }

    @Override
    public void close() {
        isClosed = true;
        Await.until("the fake journal ends", () -> !thread.isAlive());
    }

    private void run() {
        while (!isClosed) {
            final IngestRequest request = isPaused ? null : queue.poll();
            if (request == null) {
                LockSupport.parkNanos(20_000L);
            } else {
                accept(request);
            }
        }
    }

    private void accept(final IngestRequest request) {
        final IngestOutcome now = outcome;
        if (now.isJournaled()) {
            request.journaled(GATEWAY_ID, INCARNATION);
            final IngestBatchDecoder decoder = new IngestBatchDecoder();
            for (int i = 0; i < request.batchCount(); i++) {
                decoder.wrapAndApplyHeader(request.batch(i), request.batchOffset(i), new MessageHeaderDecoder());
                final int shardId = decoder.shardId();
                final long sequence = sequences.merge(shardId, 1L, Long::sum);
                BatchPosition.assign(request.batch(i), request.batchOffset(i), GATEWAY_ID, INCARNATION, sequence, INCARNATION, sequence
                    - 1);
                request.position(i, shardId, sequence);
                final byte[] copy = new byte[request.batchLength(i)];
                request.batch(i).getBytes(request.batchOffset(i), copy);
                batches.add(copy);
            }
        }
        final IngestCompletion completion = request.completion();
        request.complete(now);
        completion.onTurnEnd();
    }
}
