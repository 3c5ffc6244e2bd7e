package io.truenow.format.batch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One dimension of rows that are being gathered: a code a row, and the dictionary that gives the codes their values. Values are found by
 * open addressing with linear probing over a power-of-two table of codes. Belongs to the thread of the builder that it is part of; keeps
 * its arrays.
 */
public final class DimensionColumn {
    private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;
    private static final int INITIAL_ROWS = 64;
    private static final int INITIAL_TABLE = 32;
    private static final int INITIAL_BYTES = 512;
    /** A table emptier than this is cleared entry by entry: batches of one row follow batches of thousands. */
    private static final int SPARSE_FACTOR = 8;

    /** By row; 0 for null. Zero beyond the rows that have been written. */
    private int[] codes = new int[INITIAL_ROWS];
    /** Of codes, 0 where free. */
    private int[] table = new int[INITIAL_TABLE];
    /** By code - 1. */
    private int[] hashes = new int[INITIAL_TABLE];
    /** By code - 1: end of the value in {@link #values}. */
    private int[] ends = new int[INITIAL_TABLE];
    private final UnsafeBuffer values = new UnsafeBuffer(new byte[INITIAL_BYTES]);
    private int distinct;
    private int distinctBeforeRow;

    /** Values in the dictionary. */
    public int distinct() {
        return distinct;
    }

    /** Bytes of all values. */
    public int valueBytes() {
        return distinct == 0 ? 0 : ends[distinct - 1];
    }

    /** Remembers the dictionary as it is, for {@link #rollBack}. */
    public void beginRow() {
        distinctBeforeRow = distinct;
    }

    /** Gives a row its value. */
    public void set(final int row, final DirectBuffer source, final int offset, final int length) {
        if (row >= codes.length) {
            codes = Arrays.copyOf(codes, Math.max(row + 1, codes.length * 2));
        }
        codes[row] = code(source, offset, length);
    }

    /** Takes back what {@link #set} did since {@link #beginRow}: the youngest entries leave first, so no probe sequence is cut. */
    public void rollBack(final int row) {
        if (row < codes.length) {
            codes[row] = 0;
        }
        forget(distinctBeforeRow);
    }

    /** Forgets rows and dictionary. */
    public void reset(final int rowCount) {
        Arrays.fill(codes, 0, Math.min(rowCount, codes.length), 0);
        if (distinct * SPARSE_FACTOR < table.length) {
            forget(0);
        } else {
            Arrays.fill(table, 0);
            distinct = 0;
        }
    }

    private void forget(final int remaining) {
        while (distinct > remaining) {
            int slot = slot(hashes[distinct - 1]);
            while (table[slot] != distinct) {
                slot = slot + 1 & table.length - 1;
            }
            table[slot] = 0;
            distinct--;
        }
    }

    /** Writes the codes of all rows, {@code width} bytes each: 1, 2 or 4. */
    public void encodeCodes(final MutableDirectBuffer target, final int offset, final int rowCount, final int width) {
        final int written = Math.min(rowCount, codes.length);
        switch (width) {
            case 1 -> {
                for (int i = 0; i < written; i++) {
                    target.putByte(offset + i, (byte) codes[i]);
                }
            }
            case 2 -> {
                for (int i = 0; i < written; i++) {
                    target.putShort(offset + i * 2, (short) codes[i], ByteOrder.LITTLE_ENDIAN);
                }
            }
            default -> {
                for (int i = 0; i < written; i++) {
                    target.putInt(offset + i * 4, codes[i], ByteOrder.LITTLE_ENDIAN);
                }
            }
        }
        target.setMemory(offset + written * width, (rowCount - written) * width, (byte) 0);
    }

    /** Writes the dictionary: end offsets, then the values. */
    public void encodeDictionary(final MutableDirectBuffer target, final int offset) {
        for (int i = 0; i < distinct; i++) {
            target.putInt(offset + i * 4, ends[i], ByteOrder.LITTLE_ENDIAN);
        }
        target.putBytes(offset + distinct * 4, values, 0, valueBytes());
    }

    private int code(final DirectBuffer source, final int offset, final int length) {
        final int hash = hash(source, offset, length);
        int slot = slot(hash);
        int code = table[slot];
        while (code != 0) {
            if (hashes[code - 1] == hash && equals(code, source, offset, length)) {
                return code;
            }
            slot = slot + 1 & table.length - 1;
            code = table[slot];
        }
        return add(hash, slot, source, offset, length);
    }

    private int add(final int hash, final int freeSlot, final DirectBuffer source, final int offset, final int length) {
        final int start = valueBytes();
        if (distinct == ends.length) {
            ends = Arrays.copyOf(ends, distinct * 2);
            hashes = Arrays.copyOf(hashes, distinct * 2);
        }
        if (start + length > values.capacity()) {
            values.wrap(Arrays.copyOf(values.byteArray(), Math.max(start + length, values.capacity() * 2)));
        }
        values.putBytes(start, source, offset, length);
        ends[distinct] = start + length;
        hashes[distinct] = hash;
        distinct++;
        table[freeSlot] = distinct;
        if (distinct * 2 > table.length) {
            grow();
        }
        return distinct;
    }

    private void grow() {
        table = new int[table.length * 2];
        for (int code = 1; code <= distinct; code++) {
            int slot = slot(hashes[code - 1]);
            while (table[slot] != 0) {
                slot = slot + 1 & table.length - 1;
            }
            table[slot] = code;
        }
    }

    private boolean equals(final int code, final DirectBuffer source, final int offset, final int length) {
        final int start = code == 1 ? 0 : ends[code - 2];
        if (ends[code - 1] - start != length) {
            return false;
        }
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (values.getLong(start + i) != source.getLong(offset + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (values.getByte(start + i) != source.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }

    private int slot(final int hash) {
        return hash & table.length - 1;
    }

    private static int hash(final DirectBuffer source, final int offset, final int length) {
        long hash = length;
        int i = offset;
        final int end = offset + length;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            hash = (Long.rotateLeft(hash, 29) ^ source.getLong(i)) * MULTIPLIER;
        }
        if (i + Integer.BYTES <= end) {
            hash = (Long.rotateLeft(hash, 29) ^ source.getInt(i)) * MULTIPLIER;
            i += Integer.BYTES;
        }
        for (; i < end; i++) {
            hash = (Long.rotateLeft(hash, 29) ^ source.getByte(i)) * MULTIPLIER;
        }
        return (int) (hash >>> 32) ^ (int) (hash >>> 47);
    }
}
