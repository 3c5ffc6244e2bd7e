package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.fabric.memory.NativeMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes the rows of each code of a dimension, from the codes as they were written: its rows are counted, dealt out to their codes in
 * scratch memory of 4 bytes a row, and encoded; see {@link io.truenow.engine.store.sealed.Postings}. One thread.
 */
final class PostingsColumn {
    /** Bytes of codes read back at once. */
    static final int READ_BYTES = 1 << 16;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int MORE = 0x80;
    private static final int PIECE_BYTES = 1 << 12;
    private static final int LONGEST_NUMBER_BYTES = 5;

    private final MemorySegment memory = NativeMemory.ALL;
    private final int rowCount;
    private final long lists;
    private final long readBuffer;
    private final byte[] piece = new byte[PIECE_BYTES + LONGEST_NUMBER_BYTES];
    private int pieceBytes;

    /** For segments of so many rows; lists is memory of 4 bytes a row, readBuffer of {@link #READ_BYTES}. */
    PostingsColumn(final int rowCount, final long lists, final long readBuffer) {
        this.rowCount = rowCount;
        this.lists = lists;
        this.readBuffer = readBuffer;
    }

    /** Writes the section of a dimension of so many values. */
    void write(final Section codes, final int values, final SectionWriter writer) throws IOException {
        // ends[c + 1] counts the rows of c, then is where the next of them goes, and at last where those of c end
        final int[] ends = new int[values + 2];
        for (int from = 0; from < rowCount; from += rowsAtOnce(codes)) {
            final int count = read(codes, from, writer);
            for (int i = 0; i < count; i++) {
                ends[code(codes, i) + 1]++;
            }
        }
        final int nulls = ends[1];
        ends[1] = 0;
        int start = 0;
        for (int code = 1; code <= values; code++) {
            final int length = ends[code + 1];
            ends[code + 1] = start;
            start += length;
        }
        for (int from = 0; from < rowCount; from += rowsAtOnce(codes)) {
            final int count = nulls == rowCount ? 0 : read(codes, from, writer);
            for (int i = 0; i < count; i++) {
                final int code = code(codes, i);
                if (code > 0) {
                    memory.set(INT, lists + (long) ends[code + 1]++ * Integer.BYTES, from + i);
                }
            }
        }
        int bytes = 0;
        writer.putInt(0);
        for (int code = 1; code <= values; code++) {
            bytes += lengthBytes(ends[code], ends[code + 1]);
            writer.putInt(bytes);
        }
        writer.pad();
        for (int code = 1; code <= values; code++) {
            put(ends[code], ends[code + 1], writer);
        }
        writer.put(piece, pieceBytes);
        pieceBytes = 0;
        writer.end(SectionKind.POSTINGS, codes.ordinal(), values);
    }

    private static int rowsAtOnce(final Section codes) {
        return READ_BYTES / codes.width();
    }

    private int read(final Section codes, final int from, final SectionWriter writer) throws IOException {
        final int count = Math.min(rowsAtOnce(codes), rowCount - from);
        writer.read(codes.offset() + (long) from * codes.width(), readBuffer, count * codes.width());
        return count;
    }

    private int code(final Section codes, final int index) {
        return codes.width() == Short.BYTES
            ? memory.get(ValueLayout.JAVA_SHORT, readBuffer + (long) index * Short.BYTES) & 0xFFFF
            : memory.get(INT, readBuffer + (long) index * Integer.BYTES);
    }

    private int row(final int index) {
        return memory.get(INT, lists + (long) index * Integer.BYTES);
    }

    private int lengthBytes(final int from, final int to) {
        int bytes = numberBytes(to - from);
        int before = 0;
        for (int i = from; i < to; i++) {
            bytes += numberBytes(row(i) - before);
            before = row(i);
        }
        return bytes;
    }

    private void put(final int from, final int to, final SectionWriter writer) throws IOException {
        putNumber(to - from, writer);
        int before = 0;
        for (int i = from; i < to; i++) {
            final int row = row(i);
            putNumber(row - before, writer);
            before = row;
        }
    }

    private void putNumber(final int number, final SectionWriter writer) throws IOException {
        if (pieceBytes >= PIECE_BYTES) {
            writer.put(piece, pieceBytes);
            pieceBytes = 0;
        }
        int left = number;
        while (left >= MORE) {
            piece[pieceBytes++] = (byte) (left | MORE);
            left >>>= 7;
        }
        piece[pieceBytes++] = (byte) left;
    }

    private static int numberBytes(final int number) {
        return number < 1 << 7 ? 1 : number < 1 << 14 ? 2 : number < 1 << 21 ? 3 : 4;
    }
}
