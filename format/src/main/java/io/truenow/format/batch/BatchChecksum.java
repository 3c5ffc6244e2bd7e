package io.truenow.format.batch;

import org.agrona.DirectBuffer;

import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * CRC32C over parts of buffers of any kind. Belongs to one thread. Memory outside the heap goes through a piece of the heap that stays in
 * the first level cache: a shared {@code ByteBuffer} must not have its position moved, and a duplicate would be garbage with each batch.
 */
final class BatchChecksum {
    private static final int PIECE_BYTES = 8 * 1024;
    private static final int POLYNOMIAL_REVERSED = 0x82f63b78;
    /** For {@link #ofRootBlock}: four tables, so that an int is taken in one step. */
    private static final int[] TABLE = table();

    private final CRC32C crc = new CRC32C();
    private final byte[] piece = new byte[PIECE_BYTES];

    int of(final DirectBuffer buffer, final int offset, final int length) {
        crc.reset();
        final byte[] array = buffer.byteArray();
        if (array != null) {
            crc.update(array, buffer.wrapAdjustment() + offset, length);
        } else {
            for (int done = 0; done < length; ) {
                final int size = Math.min(PIECE_BYTES, length - done);
                buffer.getBytes(offset + done, piece, 0, size);
                crc.update(piece, 0, size);
                done += size;
            }
        }
        return (int) crc.getValue();
    }

    /**
     * CRC32C of a batch's root block before its last field. Static, as any thread that assigns positions needs it: 84 bytes, without a
     * scratch.
     */
    static int ofRootBlock(final DirectBuffer buffer, final int batchOffset) {
        int crc = ~0;
        final int end = batchOffset + BatchLayout.HEADER_CHECKSUM;
        for (int i = batchOffset + BatchLayout.HEADER_BYTES; i < end; i += Integer.BYTES) {
            crc ^= buffer.getInt(i, ByteOrder.LITTLE_ENDIAN);
            crc = TABLE[3 * 256 + (crc & 0xff)] ^ TABLE[2 * 256 + (crc >>> 8 & 0xff)]
                ^ TABLE[256 + (crc >>> 16 & 0xff)] ^ TABLE[crc >>> 24];
        }
        return ~crc;
    }

    private static int[] table() {
        final int[] table = new int[4 * 256];
        for (int i = 0; i < 256; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ POLYNOMIAL_REVERSED : crc >>> 1;
            }
            table[i] = crc;
        }
        for (int i = 256; i < table.length; i++) {
            table[i] = table[i - 256] >>> 8 ^ table[table[i - 256] & 0xff];
        }
        return table;
    }
}
