package io.truenow.gateway.journal;

import io.truenow.format.batch.BatchPosition;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The last position of each shard in the journal, and the next ones. A position counts only when the append that carries it has succeeded:
 * {@link #stage} may be taken back, so that a failed append neither leaves a hole nor reuses a number that somebody may have seen.
 * Owned by the journal agent.
 */
final class ShardSequences {
    private static final class Last {
        long incarnation;
        long sequence;
        long stagedIncarnation;
        long stagedSequence;
        /** Whether the journal still holds a batch of the shard; if not, the next has no predecessor. */
        boolean held;
        boolean stagedHeld;
    }

    private final Int2ObjectHashMap<Last> lastByShardId = new Int2ObjectHashMap<>();
    private final long incarnation;

    ShardSequences(final long incarnation) {
        this.incarnation = incarnation;
    }

    long incarnation() {
        return incarnation;
    }

    /** A batch that the journal holds already. */
    void restore(final int shardId, final long batchIncarnation, final long sequence) {
        final Last last = last(shardId);
        last.incarnation = batchIncarnation;
        last.sequence = sequence;
        last.held = true;
        unstage(last);
    }

    /** Gives every batch of the request its position, tentatively, and writes them into the batches' headers. */
    void stage(final IngestRequest request, final int gatewayId) {
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            final MutableDirectBuffer buffer = request.batch(i);
            final int offset = request.batchOffset(i);
            final int shardId = BatchFields.shardId(buffer, offset);
            final Last last = last(shardId);
            final long sequence = last.stagedIncarnation == incarnation ? last.stagedSequence + 1 : 1;
            BatchPosition.assign(
                buffer, offset, gatewayId, incarnation, sequence,
                last.stagedHeld ? last.stagedIncarnation : 0, last.stagedHeld ? last.stagedSequence : 0);
            last.stagedIncarnation = incarnation;
            last.stagedSequence = sequence;
            last.stagedHeld = true;
            request.position(i, shardId, sequence);
        }
    }

    /** The staged positions of the request are in the journal. */
    void commit(final IngestRequest request) {
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            final Last last = lastByShardId.get(request.shardId(i));
            last.incarnation = last.stagedIncarnation;
            last.sequence = last.stagedSequence;
            last.held = true;
        }
    }

    /** The staged positions of the request are not in the journal: the next request gets them. */
    void rollback(final IngestRequest request) {
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            unstage(lastByShardId.get(request.shardId(i)));
        }
    }

    /** The journal holds no batch of the shard any more. */
    void emptied(final int shardId) {
        final Last last = last(shardId);
        last.held = false;
        unstage(last);
    }

    /** Incarnation of the shard's last position in the journal, 0 if it holds none. */
    long lastIncarnation(final int shardId) {
        final Last last = lastByShardId.get(shardId);
        return last == null || !last.held ? 0 : last.incarnation;
    }

    /** Sequence of the shard's last position in the journal, 0 if it holds none. */
    long lastSequence(final int shardId) {
        final Last last = lastByShardId.get(shardId);
        return last == null || !last.held ? 0 : last.sequence;
    }

    private Last last(final int shardId) {
        Last last = lastByShardId.get(shardId);
        if (last == null) {
            last = new Last();
            lastByShardId.put(shardId, last);
        }
        return last;
    }

    private static void unstage(final Last last) {
        last.stagedIncarnation = last.incarnation;
        last.stagedSequence = last.sequence;
        last.stagedHeld = last.held;
    }
}
