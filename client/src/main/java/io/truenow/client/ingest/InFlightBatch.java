package io.truenow.client.ingest;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.edge.IngestRequestEncoder;
import io.truenow.codecs.edge.MessageHeaderEncoder;
import io.truenow.format.batch.BatchBuilder;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One batch from its encoding to its acknowledgement, kept as the whole {@code IngestRequest} message, so that sending it again is an
 * offer. Off the heap: header and block 32 bytes, body length 4, batch length 4, batch.
 */
final class InFlightBatch {
    private static final int BLOCK = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final int BODY_LENGTH = BLOCK + IngestRequestEncoder.BLOCK_LENGTH;
    private static final int BATCH_LENGTH = BODY_LENGTH + Integer.BYTES;
    static final int BATCH = BATCH_LENGTH + Integer.BYTES;

    /** Where a batch is. */
    enum State { FREE, UNSENT, SENT }

    private final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(BATCH + BatchBuilder.MAX_BATCH_BYTES));
    private final IngestRequestEncoder encoder = new IngestRequestEncoder();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    State state = State.FREE;
    long batchId;
    int rows;
    int lengthBytes;
    /** When it was sent last; if UNSENT: not to be sent before. */
    long timeNs;

    void encode(final BatchBuilder builder, final long sessionId, final long newBatchId, final AckLevel ackLevel, final long nowNs) {
        batchId = newBatchId;
        rows = builder.rowCount();
        final int length = builder.encode(message, BATCH, 0);
        encoder.wrapAndApplyHeader(message, 0, header)
            .sessionId(sessionId)
            .correlationId(newBatchId)
            .batchCount(1)
            .ackLevel(ackLevel)
            .reserved1((short) 0)
            .reserved2(0);
        message.putInt(BODY_LENGTH, Integer.BYTES + length, ByteOrder.LITTLE_ENDIAN);
        message.putInt(BATCH_LENGTH, length, ByteOrder.LITTLE_ENDIAN);
        lengthBytes = BATCH + length;
        state = State.UNSENT;
        timeNs = nowNs;
    }

    UnsafeBuffer message() {
        return message;
    }

    void free() {
        BufferUtil.free(message);
    }
}
