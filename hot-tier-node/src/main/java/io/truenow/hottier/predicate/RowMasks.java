package io.truenow.hottier.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.hottier.column.ColumnReader;
import io.truenow.hottier.segment.Block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Clears the bits of rows that a leaf is not true of. Words without a bit are passed over. */
final class RowMasks {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final int[] codes = new int[Long.SIZE];
    private final double[] values = new double[Long.SIZE];

    RowMasks() {
    }

    /** Keeps rows whose code is in the set; the block has a column of the dimension. */
    void codes(final Block block, final int dimension, final CodeSet set, final int fromRow, final int toRow, final long[] words) {
        final long[] bits = set.bits();
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            if (words[word] != 0) {
                final int first = Math.max(fromRow, word << 6);
                final int count = Math.min(toRow, word + 1 << 6) - first;
                ColumnReader.codes(block, dimension, first, first + count, codes);
                long found = 0;
                for (int i = 0; i < count; i++) {
                    found |= (bits[codes[i] >>> 6] >>> codes[i] & 1) << i;
                }
                words[word] &= found << first;
            }
        }
    }

    /** Keeps rows that have the metric and whose value compares; the block has a column of the metric. */
    void compare(final Block block, final Predicate predicate, final int node, final int fromRow, final int toRow, final long[] words) {
        final int metric = predicate.column(node);
        final double constant = predicate.constant(node);
        final CompareOp op = predicate.op(node);
        final long nulls = block.nullsAddress(metric);
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            if (words[word] != 0) {
                final int first = Math.max(fromRow, word << 6);
                final int count = Math.min(toRow, word + 1 << 6) - first;
                ColumnReader.values(block, metric, first, first + count, values);
                words[word] &= compare(op, constant, count) << first;
                if (nulls != 0) {
                    words[word] &= ~MEMORY.get(LONG, nulls + (long) word * Long.BYTES);
                }
            }
        }
    }

    /** Keeps rows that lack the metric; the block has null bits of it. */
    static void nulls(final Block block, final int metric, final int fromRow, final int toRow, final long[] words) {
        final long nulls = block.nullsAddress(metric);
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            words[word] &= MEMORY.get(LONG, nulls + (long) word * Long.BYTES);
        }
    }

    private long compare(final CompareOp op, final double constant, final int count) {
        long found = 0;
        switch (op) {
            case EQUAL, NOT_EQUAL -> {
                for (int i = 0; i < count; i++) {
                    found |= (values[i] == constant ? 1L : 0L) << i;
                }
            }
            case LESS, GREATER_OR_EQUAL -> {
                for (int i = 0; i < count; i++) {
                    found |= (values[i] < constant ? 1L : 0L) << i;
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    found |= (values[i] <= constant ? 1L : 0L) << i;
                }
            }
        }
        // values are never NaN, so the opposite is the complement
        final boolean opposite = op == CompareOp.NOT_EQUAL || op == CompareOp.GREATER_OR_EQUAL || op == CompareOp.GREATER;
        return opposite ? ~found : found;
    }
}
