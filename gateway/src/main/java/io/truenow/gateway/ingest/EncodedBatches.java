package io.truenow.gateway.ingest;

import io.truenow.format.batch.BatchBuilder;
import io.truenow.gateway.journal.IngestRequest;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The batches of the request being read: the builders that hold rows, and what has been encoded, one batch behind the other at multiples of
 * eight. Belongs to one thread.
 */
final class EncodedBatches {
    private static final int ALIGNMENT = Long.BYTES;
    private static final int INITIAL_BYTES = 4 * BatchBuilder.MAX_BATCH_BYTES;

    private final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(INITIAL_BYTES));
    private BatchBuilder[] builders = new BatchBuilder[16];
    private int builderCount;
    private int[] lengths = new int[16];
    private int batchCount;
    private int lengthBytes;
    private long acceptTimeUs;

    void start(final long newAcceptTimeUs) {
        acceptTimeUs = newAcceptTimeUs;
    }

    int builderCount() {
        return builderCount;
    }

    /** More than a request to the journal may hold. */
    boolean isTooLarge() {
        return lengthBytes > IngestRequest.MAX_BYTES;
    }

    int lengthBytes() {
        return lengthBytes;
    }

    /** Remembers a builder that gets its first row. */
    void add(final BatchBuilder builder) {
        if (builderCount == builders.length) {
            builders = Arrays.copyOf(builders, builderCount * 2);
        }
        builders[builderCount++] = builder;
    }

    /** Encodes the builder's rows, behind what is encoded. */
    void encode(final BatchBuilder builder) {
        if (isTooLarge()) {
            builder.reset();
            return;
        }
        if (scratch.capacity() < lengthBytes + BatchBuilder.MAX_BATCH_BYTES) {
            final ByteBuffer larger = ByteBuffer.allocateDirect(scratch.capacity() * 2);
            scratch.getBytes(0, larger, 0, lengthBytes);
            scratch.wrap(larger);
        }
        final int length = builder.encode(scratch, lengthBytes, acceptTimeUs);
        if (length != 0) {
            if (batchCount == lengths.length) {
                lengths = Arrays.copyOf(lengths, batchCount * 2);
            }
            lengths[batchCount++] = length;
            lengthBytes = BitUtil.align(lengthBytes + length, ALIGNMENT);
        }
    }

    /** Encodes what the builders still hold. */
    void encodeAll() {
        for (int i = 0; i < builderCount; i++) {
            encode(builders[i]);
        }
    }

    /** Copies the batches to memory of {@link #lengthBytes} that a request has for them, and adds them to it. */
    void copyTo(final IngestRequest request, final UnsafeBuffer memory) {
        memory.putBytes(0, scratch, 0, lengthBytes);
        int offset = 0;
        for (int i = 0; i < batchCount; i++) {
            request.addBatch(memory, offset, lengths[i]);
            offset = BitUtil.align(offset + lengths[i], ALIGNMENT);
        }
    }

    /** Forgets everything, the builders' rows too. */
    void reset() {
        for (int i = 0; i < builderCount; i++) {
            builders[i].reset();
            builders[i] = null;
        }
        builderCount = 0;
        batchCount = 0;
        lengthBytes = 0;
    }
}
