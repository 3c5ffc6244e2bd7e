package io.truenow.format.batch;

import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** Patches the header of an encoded batch. Any thread that owns the buffer. */
public final class BatchPosition {
    private BatchPosition() {
    }

    /** Gives the batch its place in the flow of a gateway to the batch's shard, and sets the header's checksum. */
    public static void assign(
        final MutableDirectBuffer buffer,
        final int offset,
        final int gatewayId,
        final long incarnation,
        final long sequence,
        final long previousIncarnation,
        final long previousSequence) {
        buffer.putInt(offset + BatchLayout.GATEWAY_ID, gatewayId, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + BatchLayout.INCARNATION, incarnation, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + BatchLayout.SEQUENCE, sequence, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + BatchLayout.PREVIOUS_INCARNATION, previousIncarnation, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + BatchLayout.PREVIOUS_SEQUENCE, previousSequence, ByteOrder.LITTLE_ENDIAN);
        seal(buffer, offset);
    }

    /** Sets when the gateway accepted a batch that a client built, and the header's checksum. */
    public static void acceptTimeUs(final MutableDirectBuffer buffer, final int offset, final long acceptTimeUs) {
        buffer.putLong(offset + BatchLayout.ACCEPT_TIME, acceptTimeUs, ByteOrder.LITTLE_ENDIAN);
        seal(buffer, offset);
    }

    static void seal(final MutableDirectBuffer buffer, final int offset) {
        final int checksum = BatchChecksum.ofRootBlock(buffer, offset);
        buffer.putInt(offset + BatchLayout.HEADER_CHECKSUM, checksum, ByteOrder.LITTLE_ENDIAN);
    }
}
