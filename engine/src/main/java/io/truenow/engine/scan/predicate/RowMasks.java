package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.engine.scan.column.ColumnReader;
import io.truenow.engine.scan.loop.Comparing;
import io.truenow.engine.scan.loop.Loops;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Clears the bits of rows that a leaf is not true of. Columns are read from the first row of a word, so rows before and behind those asked
 * for may be read too, within what {@link Block} allows; their bits stay clear.
 */
final class RowMasks {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final Loops loops = new Loops();
    private final ColumnReader columns = new ColumnReader(loops);
    private final int[] codes = new int[Long.SIZE];
    private final double[] values = new double[Long.SIZE];

    RowMasks() {
    }

    /** Keeps rows whose code is in the set; the block has a column of the dimension. */
    void codes(final Block block, final int dimension, final CodeSet set, final int fromRow, final int toRow, final long[] words) {
        if (set.matchCount() == 1) {
            oneCode(block, dimension, set.single(), fromRow, toRow, words);
            return;
        }
        final long[] bits = set.bits();
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            if (words[word] != 0) {
                final int first = Math.max(fromRow, word << 6);
                final int count = Math.min(toRow, word + 1 << 6) - first;
                columns.codes(block, dimension, first, first + count, codes);
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
        if (block.metricEncoding(metric) == MetricEncoding.DOUBLE) {
            loops.now().keepComparing(block.metricAddress(metric), op, constant, fromRow, toRow, words);
        } else {
            for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
                if (words[word] != 0) {
                    final int first = word << 6;
                    final int count = Math.min(toRow - first, Long.SIZE);
                    columns.values(block, metric, first, first + count, values);
                    words[word] &= Comparing.bits(values, 0, count, op, constant);
                }
            }
        }
        final long nulls = block.nullsAddress(metric);
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end && nulls != 0; word++) {
            words[word] &= ~MEMORY.get(LONG, nulls + (long) word * Long.BYTES);
        }
    }

    /** Keeps rows that lack the metric; the block has null bits of it. */
    static void nulls(final Block block, final int metric, final int fromRow, final int toRow, final long[] words) {
        final long nulls = block.nullsAddress(metric);
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            words[word] &= MEMORY.get(LONG, nulls + (long) word * Long.BYTES);
        }
    }

    private void oneCode(
        final Block block, final int dimension, final int code, final int fromRow, final int toRow, final long[] words) {
        final int width = block.codeWidthBytes(dimension);
        if (width < Integer.BYTES && code >>> Byte.SIZE * width != 0) {
            Arrays.fill(words, fromRow >>> 6, toRow + Long.SIZE - 1 >>> 6, 0);
            return;
        }
        loops.now().keepEqual(block.codesAddress(dimension), width, code, fromRow, toRow, words);
    }
}
