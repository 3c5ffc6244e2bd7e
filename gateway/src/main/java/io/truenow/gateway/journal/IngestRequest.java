package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import org.agrona.MutableDirectBuffer;

import java.util.Arrays;

/**
 * Encoded batches that are accepted as one: one document of the journal, all or nothing. Meant to be pooled by the edge. It belongs to the
 * edge until {@link JournalProxy#offer} takes it, then to the journal agent, which patches positions into the batches' headers, until
 * {@link IngestCompletion#onComplete}; the queues between them order the memory accesses.
 */
public final class IngestRequest {
    /** Most bytes of batches in one request: it must fit the overlap of the journal's mapping. */
    public static final int MAX_BYTES = 12 * 1024 * 1024;

    private static final int INITIAL_BATCHES = 8;

    private AckLevel ackLevel = AckLevel.JOURNALED;
    private IngestCompletion completion;
    private Object attachment;
    private MutableDirectBuffer[] buffers = new MutableDirectBuffer[INITIAL_BATCHES];
    private int[] offsets = new int[INITIAL_BATCHES];
    private int[] lengths = new int[INITIAL_BATCHES];
    private int[] shardIds = new int[INITIAL_BATCHES];
    private long[] sequences = new long[INITIAL_BATCHES];
    private int batchCount;
    private int lengthBytes;

    private IngestOutcome outcome = IngestOutcome.PENDING;
    private int gatewayId;
    private long incarnation;
    private int eventsRepeated;
    long deadlineNs;
    int outstandingBatches;

    /** Forgets the batches and results of the last use. */
    public IngestRequest reset(final AckLevel newAckLevel, final IngestCompletion newCompletion) {
        ackLevel = newAckLevel;
        completion = newCompletion;
        attachment = null;
        Arrays.fill(buffers, 0, batchCount, null);
        batchCount = 0;
        lengthBytes = 0;
        outcome = IngestOutcome.PENDING;
        gatewayId = 0;
        incarnation = 0;
        eventsRepeated = 0;
        return this;
    }

    /** Anything of the edge's; cleared by {@link #reset}. */
    public IngestRequest attachment(final Object newAttachment) {
        attachment = newAttachment;
        return this;
    }

    /** Anything of the edge's. */
    public Object attachment() {
        return attachment;
    }

    /**
     * Adds a whole, valid {@code IngestBatch} message with its SBE header; the edge has checked it. Batches of one shard are applied in the
     * order in which they are added.
     */
    public void addBatch(final MutableDirectBuffer buffer, final int offset, final int length) {
        if (batchCount == buffers.length) {
            grow();
        }
        buffers[batchCount] = buffer;
        offsets[batchCount] = offset;
        lengths[batchCount] = length;
        batchCount++;
        lengthBytes += length;
    }

    /** Level at which it completes. */
    public AckLevel ackLevel() {
        return ackLevel;
    }

    /** Number of batches. */
    public int batchCount() {
        return batchCount;
    }

    /** Sum of the batches' lengths. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Buffer of a batch. */
    public MutableDirectBuffer batch(final int index) {
        return buffers[index];
    }

    /** Offset of a batch in its buffer. */
    public int batchOffset(final int index) {
        return offsets[index];
    }

    /** Length of a batch. */
    public int batchLength(final int index) {
        return lengths[index];
    }

    /** Result. */
    public IngestOutcome outcome() {
        return outcome;
    }

    /** Result, if journaled: this gateway's id. */
    public int gatewayId() {
        return gatewayId;
    }

    /** Result, if journaled: this gateway's incarnation. */
    public long incarnation() {
        return incarnation;
    }

    /** Result, if journaled: shard of a batch. */
    public int shardId(final int index) {
        return shardIds[index];
    }

    /** Result, if journaled: sequence of a batch within gateway, incarnation and shard. */
    public long sequence(final int index) {
        return sequences[index];
    }

    /** Result, if applied: how many of its events were there, or came twice in it; -1 if that is not known. */
    public int eventsRepeated() {
        return eventsRepeated;
    }

    void addRepeated(final int events) {
        eventsRepeated = eventsRepeated < 0 ? eventsRepeated : eventsRepeated + events;
    }

    void repeatsAreUnknown() {
        eventsRepeated = -1;
    }

    void position(final int index, final int shardId, final long sequence) {
        shardIds[index] = shardId;
        sequences[index] = sequence;
    }

    void journaled(final int byGatewayId, final long byIncarnation) {
        gatewayId = byGatewayId;
        incarnation = byIncarnation;
    }

    IngestCompletion completion() {
        return completion;
    }

    /** The journal agent's: ends the request and hands it back to the edge. */
    void complete(final IngestOutcome newOutcome) {
        outcome = newOutcome;
        completion.onComplete(this);
    }

    private void grow() {
        final int capacity = batchCount * 2;
        buffers = Arrays.copyOf(buffers, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        shardIds = Arrays.copyOf(shardIds, capacity);
        sequences = Arrays.copyOf(sequences, capacity);
    }
}
