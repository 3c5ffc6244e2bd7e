package io.truenow.gateway.edge.aeron;

import io.truenow.gateway.journal.IngestRequest;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

/**
 * A client's request on its way through the journal, with a copy of its batches off the heap: the image that they came in is overwritten
 * meanwhile. Belongs to the edge's agent but between the journal's taking and its completion.
 */
final class PooledRequest {
    /** Where the body stands in the buffer: a length comes first, so that the batch behind it is aligned to 8. */
    static final int BODY = Integer.BYTES;

    private static final int MIN_BYTES = 64 * 1024;

    final IngestRequest request = new IngestRequest();
    final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    ClientSession session;
    long correlationId;
    int rows;
    /** A reply that cannot be sent by then is dropped: the client will ask again. */
    long replyDeadlineNs;

    /** Copies the batches of a message. */
    void take(final DirectBuffer source, final int offset, final int length) {
        if (BODY + length > buffer.capacity()) {
            final int capacity = Math.max(MIN_BYTES, BitUtil.findNextPositivePowerOfTwo(BODY + length));
            BufferUtil.free(buffer);
            buffer.wrap(ByteBuffer.allocateDirect(capacity));
        }
        buffer.putBytes(BODY, source, offset, length);
    }

    void free() {
        BufferUtil.free(buffer);
        buffer.wrap(0, 0);
    }
}
