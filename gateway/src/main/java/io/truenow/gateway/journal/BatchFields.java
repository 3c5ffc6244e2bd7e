package io.truenow.gateway.journal;

import io.truenow.codecs.ingest.IngestBatchDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import org.agrona.DirectBuffer;

import java.nio.ByteOrder;

/**
 * Reads single fields of an encoded {@code IngestBatch}, whose SBE header begins at {@code offset}, without a flyweight's state. Any
 * thread.
 */
public final class BatchFields {
    /** SBE header and root block: all that a position touches. */
    public static final int HEAD_BYTES = MessageHeaderDecoder.ENCODED_LENGTH + IngestBatchDecoder.BLOCK_LENGTH;

    private static final int ROOT = MessageHeaderDecoder.ENCODED_LENGTH;
    private static final int GATEWAY_ID = ROOT + IngestBatchDecoder.gatewayIdEncodingOffset();
    private static final int SHARD_ID = ROOT + IngestBatchDecoder.shardIdEncodingOffset();
    private static final int INCARNATION = ROOT + IngestBatchDecoder.incarnationEncodingOffset();
    private static final int SEQUENCE = ROOT + IngestBatchDecoder.sequenceEncodingOffset();
    private static final int PREVIOUS_INCARNATION = ROOT + IngestBatchDecoder.previousIncarnationEncodingOffset();
    private static final int PREVIOUS_SEQUENCE = ROOT + IngestBatchDecoder.previousSequenceEncodingOffset();
    private static final int MIN_EVENT_TIME = ROOT + IngestBatchDecoder.minEventTimeUsEncodingOffset();
    private static final int MAX_EVENT_TIME = ROOT + IngestBatchDecoder.maxEventTimeUsEncodingOffset();
    private static final int TABLE_ID = ROOT + IngestBatchDecoder.tableIdEncodingOffset();
    private static final int ROW_COUNT = ROOT + IngestBatchDecoder.rowCountEncodingOffset();

    private BatchFields() {
    }

    public static int gatewayId(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + GATEWAY_ID, ByteOrder.LITTLE_ENDIAN);
    }

    public static int shardId(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + SHARD_ID, ByteOrder.LITTLE_ENDIAN);
    }

    public static long incarnation(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + INCARNATION, ByteOrder.LITTLE_ENDIAN);
    }

    public static long sequence(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SEQUENCE, ByteOrder.LITTLE_ENDIAN);
    }

    public static long previousIncarnation(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + PREVIOUS_INCARNATION, ByteOrder.LITTLE_ENDIAN);
    }

    public static long previousSequence(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + PREVIOUS_SEQUENCE, ByteOrder.LITTLE_ENDIAN);
    }

    public static long minEventTimeUs(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + MIN_EVENT_TIME, ByteOrder.LITTLE_ENDIAN);
    }

    public static long maxEventTimeUs(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + MAX_EVENT_TIME, ByteOrder.LITTLE_ENDIAN);
    }

    public static int tableId(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + TABLE_ID, ByteOrder.LITTLE_ENDIAN);
    }

    public static int rowCount(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + ROW_COUNT, ByteOrder.LITTLE_ENDIAN);
    }
}
