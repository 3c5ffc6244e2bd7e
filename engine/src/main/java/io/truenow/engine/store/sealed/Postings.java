package io.truenow.engine.store.sealed;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * For each local code of a dimension the rows that have it, ascending, so also in order of time. Never changes; any thread.
 *
 * <pre>
 *   int32 end of each code's list, in bytes from the lists' start, for codes 0 (empty: nulls have no list) .. n
 *   lists: number of rows, first row, then differences to the row before; each in 7 bits a byte, least first, the eighth bit set on all
 *          but the last byte of a number
 * </pre>
 */
public final class Postings {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int MORE = 0x80;

    private final long ends;
    private final int values;
    private final long lists;

    Postings(final Section section, final long baseAddress) {
        this.ends = baseAddress + section.offset();
        this.values = section.width();
        this.lists = ends + SegmentHeader.padded((values + 1L) * Integer.BYTES);
    }

    /** Greatest code. */
    public int valueCount() {
        return values;
    }

    /** Rows of a code from 1 to {@link #valueCount}. */
    public int rowCount(final int code) {
        final long start = lists + MEMORY.get(INT, ends + (code - 1L) * Integer.BYTES);
        int count = 0;
        int shift = 0;
        long at = start;
        int next = MEMORY.get(BYTE, at);
        while (next < 0) {
            count |= (next & MORE - 1) << shift;
            shift += 7;
            next = MEMORY.get(BYTE, ++at);
        }
        return count | next << shift;
    }

    /** A new reader of lists, for one thread. */
    public Cursor cursor() {
        return new Cursor().over(this);
    }

    /** Walks through one code's rows. Reused. */
    public static final class Cursor {
        private long ends;
        private long lists;
        private long at;
        private int left;
        private int row;

        /** Over nothing yet. */
        public Cursor() {
        }

        /** From now on reads these. */
        public Cursor over(final Postings postings) {
            ends = postings.ends;
            lists = postings.lists;
            return this;
        }

        /** Begins with a code from 1 to {@link Postings#valueCount}; returns how many rows it has. */
        public int begin(final int code) {
            at = lists + MEMORY.get(INT, ends + (code - 1L) * Integer.BYTES);
            left = number();
            row = 0;
            return left;
        }

        /** Rows not given yet. */
        public int rowsLeft() {
            return left;
        }

        /** The next row of the segment; there must be one. */
        public int next() {
            left--;
            row += number();
            return row;
        }

        /**
         * Gives the next rows that are less than a limit.
         *
         * @param target where they go, each less the base.
         * @return how many, at most the target's length.
         */
        public int next(final int limitRow, final int baseRow, final int[] target) {
            int count = 0;
            while (left > 0 && count < target.length) {
                final long before = at;
                final int candidate = row + number();
                if (candidate >= limitRow) {
                    at = before;
                    break;
                }
                row = candidate;
                left--;
                target[count++] = candidate - baseRow;
            }
            return count;
        }

        private int number() {
            int next = MEMORY.get(BYTE, at++);
            if (next >= 0) {
                return next;
            }
            int value = next & MORE - 1;
            int shift = 7;
            next = MEMORY.get(BYTE, at++);
            while (next < 0) {
                value |= (next & MORE - 1) << shift;
                shift += 7;
                next = MEMORY.get(BYTE, at++);
            }
            return value | next << shift;
        }
    }
}
