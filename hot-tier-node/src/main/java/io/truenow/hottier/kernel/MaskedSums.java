package io.truenow.hottier.kernel;

import io.truenow.fabric.memory.NativeMemory;
import io.truenow.hottier.column.ColumnReader;
import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.MetricEncoding;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.nio.ByteOrder;

/**
 * Adds a metric's values to one record where all selected rows are of one group: vectors straight from the column, rows that do not count
 * masked. Whole numbers are summed plainly, which is exact within a block, others as pairs in each lane.
 */
final class MaskedSums {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = DOUBLES.length();

    private final long[] words = new long[Block.MAX_ROWS / Long.SIZE];
    /** Values of encodings other than doubles, at the row's number. */
    private final double[] decoded = new double[Block.MAX_ROWS];
    private boolean plain;
    private long address;
    private int firstWord;
    private int endWord;
    private double sum;
    private double compensation;
    private double min;
    private double max;

    MaskedSums() {
    }

    /** Adds what is wanted to the record at the address. */
    void add(final RowSelection selection, final int metric, final long stateAddress, final int wanted) {
        final Block block = selection.block();
        final int count = mask(selection, block.nullsAddress(metric));
        if (count == 0) {
            return;
        }
        plain = block.metricEncoding(metric) == MetricEncoding.DOUBLE;
        if (plain) {
            address = block.metricAddress(metric);
        } else {
            ColumnReader.values(block, metric, firstWord << 6, selection.toRow(), decoded);
        }
        if (block.isInteger(metric)) {
            sumPlainly();
        } else {
            sumPairs();
        }
        if ((wanted & BlockKernel.MOMENTS) != 0) {
            MetricState.mergeMoments(stateAddress, count, sum + compensation, deviations((sum + compensation) / count));
        }
        MetricState.mergeSums(stateAddress, count, sum, compensation);
        if ((wanted & BlockKernel.EXTREMES) != 0
            && (block.minMetric(metric) < MetricState.min(stateAddress) || block.maxMetric(metric) > MetricState.max(stateAddress))) {
            findExtremes();
            MetricState.mergeExtremes(stateAddress, min, max);
        }
    }

    /** Sets the bits of rows that count; tells how many. */
    private int mask(final RowSelection selection, final long nulls) {
        firstWord = selection.fromRow() >>> 6;
        endWord = selection.toRow() + Long.SIZE - 1 >>> 6;
        if (selection.isRange()) {
            RowSelection.setRange(words, selection.fromRow(), selection.toRow());
        } else {
            System.arraycopy(selection.words(), firstWord, words, firstWord, endWord - firstWord);
        }
        int count = 0;
        for (int word = firstWord; word < endWord; word++) {
            if (nulls != 0) {
                words[word] &= ~ColumnReader.nullBits(nulls, word);
            }
            count += Long.bitCount(words[word]);
        }
        return count;
    }

    private void sumPlainly() {
        DoubleVector sums = DoubleVector.zero(DOUBLES);
        for (int word = firstWord; word < endWord; word++) {
            final long bits = words[word];
            for (int lane = 0; lane < Long.SIZE && bits >>> lane != 0; lane += LANES) {
                sums = sums.add(load(word, lane), mask(bits, lane));
            }
        }
        sum = sums.reduceLanes(VectorOperators.ADD);
        compensation = 0;
    }

    private void sumPairs() {
        final DoubleVector zero = DoubleVector.zero(DOUBLES);
        DoubleVector sums = zero;
        DoubleVector lost = zero;
        for (int word = firstWord; word < endWord; word++) {
            final long bits = words[word];
            for (int lane = 0; lane < Long.SIZE && bits >>> lane != 0; lane += LANES) {
                final DoubleVector values = zero.blend(load(word, lane), mask(bits, lane));
                final DoubleVector next = sums.add(values);
                final DoubleVector virtual = next.sub(sums);
                lost = lost.add(sums.sub(next.sub(virtual)).add(values.sub(virtual)));
                sums = next;
            }
        }
        sum = 0;
        compensation = lost.reduceLanes(VectorOperators.ADD);
        for (int lane = 0; lane < LANES; lane++) {
            final double value = sums.lane(lane);
            final double next = sum + value;
            compensation += MetricState.lost(sum, value, next);
            sum = next;
        }
    }

    private double deviations(final double mean) {
        final DoubleVector zero = DoubleVector.zero(DOUBLES);
        DoubleVector m2 = zero;
        for (int word = firstWord; word < endWord; word++) {
            final long bits = words[word];
            for (int lane = 0; lane < Long.SIZE && bits >>> lane != 0; lane += LANES) {
                final DoubleVector distances = zero.blend(load(word, lane).sub(mean), mask(bits, lane));
                m2 = distances.fma(distances, m2);
            }
        }
        return m2.reduceLanes(VectorOperators.ADD);
    }

    private void findExtremes() {
        DoubleVector mins = DoubleVector.broadcast(DOUBLES, Double.POSITIVE_INFINITY);
        DoubleVector maxs = DoubleVector.broadcast(DOUBLES, Double.NEGATIVE_INFINITY);
        for (int word = firstWord; word < endWord; word++) {
            final long bits = words[word];
            for (int lane = 0; lane < Long.SIZE && bits >>> lane != 0; lane += LANES) {
                final DoubleVector values = load(word, lane);
                final VectorMask<Double> mask = mask(bits, lane);
                mins = mins.blend(values, values.lt(mins).and(mask));
                maxs = maxs.blend(values, maxs.lt(values).and(mask));
            }
        }
        min = mins.reduceLanes(VectorOperators.MIN);
        max = maxs.reduceLanes(VectorOperators.MAX);
    }

    private DoubleVector load(final int word, final int lane) {
        final int row = (word << 6) + lane;
        return plain
            ? DoubleVector.fromMemorySegment(DOUBLES, NativeMemory.ALL, address + (long) row * Double.BYTES, ORDER)
            : DoubleVector.fromArray(DOUBLES, decoded, row - (firstWord << 6));
    }

    private static VectorMask<Double> mask(final long bits, final int lane) {
        return VectorMask.fromLong(DOUBLES, bits >>> lane);
    }
}
