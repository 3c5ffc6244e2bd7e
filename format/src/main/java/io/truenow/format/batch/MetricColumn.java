package io.truenow.format.batch;

import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/** One metric of the batch that is being built: a value a row, and which rows have one. Belongs to the builder's thread. */
final class MetricColumn {
    private static final int INITIAL_ROWS = 64;

    /** By row; 0 for null. Zero beyond the rows that have been written. */
    private double[] values = new double[INITIAL_ROWS];
    /** A bit a row, set where it has a value. */
    private long[] present = new long[INITIAL_ROWS / Long.SIZE];
    private int valueCount;

    int valueCount() {
        return valueCount;
    }

    void set(final int row, final double value) {
        if (row >= values.length) {
            final int rows = Math.max((row >>> 6) + 1 << 6, values.length * 2);
            values = Arrays.copyOf(values, rows);
            present = Arrays.copyOf(present, rows / Long.SIZE);
        }
        values[row] = value;
        final long bit = 1L << row;
        if ((present[row >>> 6] & bit) == 0) {
            present[row >>> 6] |= bit;
            valueCount++;
        }
    }

    void rollBack(final int row) {
        values[row] = 0.0;
        final long bit = 1L << row;
        if ((present[row >>> 6] & bit) != 0) {
            present[row >>> 6] &= ~bit;
            valueCount--;
        }
    }

    void reset(final int rowCount) {
        Arrays.fill(values, 0, Math.min(rowCount, values.length), 0.0);
        Arrays.fill(present, 0, Math.min(rowCount + 63 >>> 6, present.length), 0L);
        valueCount = 0;
    }

    /** Writes the values of all rows. */
    void encodeValues(final MutableDirectBuffer target, final int offset, final int rowCount) {
        final int written = Math.min(rowCount, values.length);
        for (int i = 0; i < written; i++) {
            target.putDouble(offset + i * 8, values[i], ByteOrder.LITTLE_ENDIAN);
        }
        target.setMemory(offset + written * 8, (rowCount - written) * 8, (byte) 0);
    }

    /** Writes the bitmap of the rows without a value: whole bytes, the bits beyond the last row 0. */
    void encodeNulls(final MutableDirectBuffer target, final int offset, final int rowCount) {
        final int lengthBytes = rowCount + 7 >>> 3;
        for (int i = 0; i < lengthBytes; i++) {
            final long word = i >>> 3 < present.length ? present[i >>> 3] : 0L;
            int nulls = (int) ~(word >>> (i & 7) * 8) & 0xff;
            if (i == lengthBytes - 1 && (rowCount & 7) != 0) {
                nulls &= (1 << (rowCount & 7)) - 1;
            }
            target.putByte(offset + i, (byte) nulls);
        }
    }
}
