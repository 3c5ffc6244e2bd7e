package io.truenow.gateway.journal;

import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * Layout of a document, little-endian:
 * <pre>
 *   int32 FORMAT, int32 batch count, then per batch: int32 length, int32 0, an IngestBatch message, padding to 8 bytes
 * </pre>
 */
final class JournalDocument {
    /** "TNJ" and a version. */
    static final int FORMAT = 0x014a4e54;
    static final int COUNT_OFFSET = 4;
    static final int HEADER_BYTES = 8;
    static final int BATCH_HEADER_BYTES = 8;

    private JournalDocument() {
    }

    static int paddedLength(final int batchLength) {
        return BATCH_HEADER_BYTES + (batchLength + 7 & ~7);
    }

    static int length(final IngestRequest request) {
        int length = HEADER_BYTES;
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            length += paddedLength(request.batchLength(i));
        }
        return length;
    }

    static void write(final MutableDirectBuffer target, final IngestRequest request) {
        target.putInt(0, FORMAT, ByteOrder.LITTLE_ENDIAN);
        target.putInt(COUNT_OFFSET, request.batchCount(), ByteOrder.LITTLE_ENDIAN);
        int position = HEADER_BYTES;
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            final int length = request.batchLength(i);
            target.putInt(position, length, ByteOrder.LITTLE_ENDIAN);
            target.putInt(position + Integer.BYTES, 0, ByteOrder.LITTLE_ENDIAN);
            target.putBytes(position + BATCH_HEADER_BYTES, request.batch(i), request.batchOffset(i), length);
            position += paddedLength(length);
        }
    }
}
