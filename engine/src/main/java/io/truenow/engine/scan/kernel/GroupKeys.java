package io.truenow.engine.scan.kernel;

import io.truenow.engine.scan.column.ColumnReader;
import io.truenow.engine.store.segment.Block;

import java.util.Arrays;

/**
 * From the selected rows of a block to their groups. A key is a mixed radix number to which components are added; while all rows have the
 * same, it is one number; while keys fit in an int, they are ints.
 */
final class GroupKeys {
    private static final long NONE = -1;

    private final int[] ints = new int[Block.MAX_ROWS];
    private final int[] codes = new int[Block.MAX_ROWS];
    /** Made when first needed. */
    private long[] longs = new long[0];
    /** The key of all rows, or {@link #NONE}. */
    private long constant;
    private boolean wide;
    /** Keys are not below this. */
    private long least;
    /** Keys are below this. */
    private long limit;
    private boolean filled;

    /** All rows have key 0. */
    void start() {
        constant = 0;
        wide = false;
        filled = false;
        least = 0;
        limit = 1;
    }

    /** Keys are numbers of the rows' buckets. */
    void start(final RowSelection rows, final long spanStartUs, final long intervalUs, final long firstBucket) {
        start();
        final long low = Math.floorDiv(spanStartUs + rows.minOffsetUs(), intervalUs);
        final long high = Math.floorDiv(spanStartUs + rows.maxOffsetUs(), intervalUs);
        least = low - firstBucket;
        limit = high - firstBucket + 1;
        if (low == high) {
            constant = low - firstBucket;
            return;
        }
        constant = NONE;
        final int count = rows.count();
        final long times = rows.block().timesAddress();
        final boolean range = rows.isRange();
        final int fromRow = rows.fromRow();
        final int[] selected = range ? ints : rows.rows();
        long bucket = low - firstBucket;
        long end = (low + 1) * intervalUs - spanStartUs;
        long start = end - intervalUs;
        for (int i = 0; i < count; i++) {
            final int offsetUs = ColumnReader.time(times, range ? fromRow + i : selected[i]);
            // rows come about in time's order, so most need no division
            if (offsetUs < start || offsetUs >= end) {
                final long found = Math.floorDiv(spanStartUs + offsetUs, intervalUs);
                start = found * intervalUs - spanStartUs;
                end = start + intervalUs;
                bucket = found - firstBucket;
            }
            ints[i] = (int) bucket;
        }
    }

    /** Adds the local codes of a dimension as the last digit; codes are below the radix. */
    void mix(final RowSelection rows, final int dimension, final int radix) {
        if (radix == 1) {
            return;
        }
        final int count = rows.count();
        if (limit > Integer.MAX_VALUE / radix) {
            widen(count);
        }
        limit *= radix;
        least *= radix;
        if (rows.block().codeWidthBytes(dimension) == 0) {
            scale(count, radix);
            return;
        }
        if (constant >= 0 && !wide) {
            final int first = (int) constant * radix;
            rows.codes(dimension, ints);
            if (first > 0) {
                for (int i = 0; i < count; i++) {
                    ints[i] += first;
                }
            }
            constant = NONE;
            return;
        }
        rows.codes(dimension, codes);
        if (wide) {
            for (int i = 0; i < count; i++) {
                longs[i] = longs[i] * radix + codes[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                ints[i] = ints[i] * radix + codes[i];
            }
        }
    }

    /** Numbers the keys: they become the numbers of those distinct, in the order in which they were first seen. */
    void number(final LongIds ids, final int count) {
        if (constant >= 0) {
            constant = ids.idOf(constant);
        } else if (wide) {
            for (int i = 0; i < count; i++) {
                ints[i] = ids.idOf(longs[i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                ints[i] = ids.idOf(ints[i]);
            }
        }
        wide = false;
        // more may be added to the table before the next component comes
        least = 0;
        limit = Integer.MAX_VALUE;
    }

    /** No group of a row is below this. */
    int least() {
        return (int) least;
    }

    /** All groups of rows are below this. */
    long limit() {
        return limit;
    }

    /** Whether all rows are of one group. */
    boolean isConstant() {
        return constant >= 0;
    }

    /** The group of all rows. */
    int constant() {
        return (int) constant;
    }

    /** Groups of the rows, in their order. */
    int[] groups(final int count) {
        if (constant >= 0 && !filled) {
            Arrays.fill(ints, 0, count, (int) constant);
            filled = true;
        }
        return ints;
    }

    private void scale(final int count, final int radix) {
        if (constant >= 0) {
            constant *= radix;
        } else if (wide) {
            for (int i = 0; i < count; i++) {
                longs[i] *= radix;
            }
        } else {
            for (int i = 0; i < count; i++) {
                ints[i] *= radix;
            }
        }
    }

    private void widen(final int count) {
        if (wide) {
            return;
        }
        if (longs.length == 0) {
            longs = new long[Block.MAX_ROWS];
        }
        if (constant >= 0) {
            Arrays.fill(longs, 0, count, constant);
            constant = NONE;
        } else {
            for (int i = 0; i < count; i++) {
                longs[i] = ints[i];
            }
        }
        wide = true;
    }
}
