package io.truenow.hottier.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.hottier.column.ColumnReader;
import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.MetricEncoding;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Clears the bits of rows that a leaf is not true of. Words without a bit are passed over. Columns are read a vector at a time from the
 * first row of a word, so rows before and behind those asked for are read too, within what {@link Block} allows; their bits stay clear.
 */
final class RowMasks {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

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
        final boolean plain = block.metricEncoding(metric) == MetricEncoding.DOUBLE;
        final long address = block.metricAddress(metric);
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            if (words[word] != 0) {
                final int first = word << 6;
                final int count = Math.min(toRow - first, Long.SIZE);
                if (plain) {
                    words[word] &= compare(op, address + (long) first * Double.BYTES, count, constant);
                } else {
                    ColumnReader.values(block, metric, first, first + count, values);
                    words[word] &= compare(op, values, count, constant);
                }
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

    private static void oneCode(
        final Block block, final int dimension, final int code, final int fromRow, final int toRow, final long[] words) {
        final long address = block.codesAddress(dimension);
        final int width = block.codeWidthBytes(dimension);
        if (width < Integer.BYTES && code >>> Byte.SIZE * width != 0) {
            Arrays.fill(words, fromRow >>> 6, toRow + Long.SIZE - 1 >>> 6, 0);
            return;
        }
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            final int first = word << 6;
            final int count = Math.min(toRow - first, Long.SIZE);
            final long at = address + (long) first * width;
            words[word] &= switch (width) {
                case Byte.BYTES -> equalBytes(at, (byte) code, count);
                case Short.BYTES -> equalShorts(at, (short) code, count);
                default -> equalInts(at, code, count);
            };
        }
    }

    private static long equalBytes(final long address, final byte code, final int count) {
        long found = 0;
        for (int i = 0; i < count; i += BYTES.length()) {
            found |= ByteVector.fromMemorySegment(BYTES, MEMORY, address + i, ORDER).compare(VectorOperators.EQ, code).toLong() << i;
        }
        return found;
    }

    private static long equalShorts(final long address, final short code, final int count) {
        long found = 0;
        for (int i = 0; i < count; i += SHORTS.length()) {
            found |= ShortVector.fromMemorySegment(SHORTS, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .compare(VectorOperators.EQ, code).toLong() << i;
        }
        return found;
    }

    private static long equalInts(final long address, final int code, final int count) {
        long found = 0;
        for (int i = 0; i < count; i += INTS.length()) {
            found |= IntVector.fromMemorySegment(INTS, MEMORY, address + (long) i * Integer.BYTES, ORDER)
                .compare(VectorOperators.EQ, code).toLong() << i;
        }
        return found;
    }

    /** Bits of values in memory. They are never NaN, so the opposite of a comparison is its complement. */
    private static long compare(final CompareOp op, final long address, final int count, final double constant) {
        long found = 0;
        switch (op) {
            case EQUAL, NOT_EQUAL -> {
                for (int i = 0; i < count; i += DOUBLES.length()) {
                    found |= DoubleVector.fromMemorySegment(DOUBLES, MEMORY, address + (long) i * Double.BYTES, ORDER)
                        .compare(VectorOperators.EQ, constant).toLong() << i;
                }
            }
            case LESS, GREATER_OR_EQUAL -> {
                for (int i = 0; i < count; i += DOUBLES.length()) {
                    found |= DoubleVector.fromMemorySegment(DOUBLES, MEMORY, address + (long) i * Double.BYTES, ORDER)
                        .compare(VectorOperators.LT, constant).toLong() << i;
                }
            }
            default -> {
                for (int i = 0; i < count; i += DOUBLES.length()) {
                    found |= DoubleVector.fromMemorySegment(DOUBLES, MEMORY, address + (long) i * Double.BYTES, ORDER)
                        .compare(VectorOperators.LE, constant).toLong() << i;
                }
            }
        }
        return isComplement(op) ? ~found : found;
    }

    /** Bits of values in an array. */
    private static long compare(final CompareOp op, final double[] values, final int count, final double constant) {
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
        return isComplement(op) ? ~found : found;
    }

    private static boolean isComplement(final CompareOp op) {
        return op == CompareOp.NOT_EQUAL || op == CompareOp.GREATER_OR_EQUAL || op == CompareOp.GREATER;
    }
}
