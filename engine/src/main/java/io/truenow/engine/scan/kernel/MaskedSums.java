package io.truenow.engine.scan.kernel;

import io.truenow.engine.scan.column.ColumnReader;
import io.truenow.engine.scan.loop.BlockLoops;
import io.truenow.engine.scan.loop.Loops;
import io.truenow.engine.scan.loop.ValueSource;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.format.partial.MetricScales;

/**
 * Adds a metric's values to one record where all selected rows are of one group: straight from the column, rows that do not count masked.
 * Whole numbers are summed plainly, which is exact within a block, others as pairs in each lane. What a double cannot hold is done again,
 * scaled.
 */
final class MaskedSums {
    private final Loops loops;
    private final ValueSource values = new ValueSource();
    private final long[] words = new long[Block.MAX_ROWS / Long.SIZE];
    /** Values of encodings other than doubles, from the first row of a word on. */
    private final double[] decoded = new double[Block.MAX_ROWS];
    private final double[] lanes = new double[BlockLoops.LANES];
    private final double[] lost = new double[BlockLoops.LANES];
    private final double[] maxs = new double[BlockLoops.LANES];
    private double sum;
    private double compensation;
    /** By the scale of the deviations found last. */
    private double mean;

    MaskedSums(final Loops loops) {
        this.loops = loops;
    }

    /** Adds what is wanted to the record at the address. */
    void add(final RowSelection selection, final int metric, final long stateAddress, final int wanted) {
        final Block block = selection.block();
        final int count = mask(selection, block.nullsAddress(metric));
        if (count == 0) {
            return;
        }
        read(selection, metric);
        final long word = sum(selection, metric, count);
        if ((wanted & BlockKernel.MOMENTS) != 0) {
            addMoments(selection, metric, stateAddress, word);
        }
        MetricState.mergeSums(stateAddress, word, sum, compensation);
        if ((wanted & BlockKernel.EXTREMES) != 0
            && (block.minMetric(metric) < MetricState.min(stateAddress) || block.maxMetric(metric) > MetricState.max(stateAddress))) {
            widen(stateAddress);
        }
    }

    /** Values as they are. */
    private void read(final RowSelection selection, final int metric) {
        final Block block = selection.block();
        if (block.metricEncoding(metric) == MetricEncoding.DOUBLE) {
            values.column(selection.fromRow(), selection.toRow(), block.metricAddress(metric));
        } else {
            decode(selection, metric);
        }
    }

    private void decode(final RowSelection selection, final int metric) {
        selection.columns().values(selection.block(), metric, selection.fromRow() & -Long.SIZE, selection.toRow(), decoded);
        values.decoded(selection.fromRow(), selection.toRow(), decoded);
    }

    /** Values times a power of two. */
    private void readScaled(final RowSelection selection, final int metric, final double factor) {
        decode(selection, metric);
        for (int i = 0, count = selection.toRow() - (selection.fromRow() & -Long.SIZE); i < count; i++) {
            decoded[i] *= factor;
        }
    }

    /** Sets the bits of rows that count; tells how many. */
    private int mask(final RowSelection selection, final long nulls) {
        final int firstWord = selection.fromRow() >>> 6;
        final int endWord = selection.toRow() + Long.SIZE - 1 >>> 6;
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

    /** Sums up; returns the count with the scale of the sum. */
    private long sum(final RowSelection selection, final int metric, final int count) {
        final Block block = selection.block();
        if (block.isInteger(metric)) {
            sum = 0;
            compensation = 0;
            loops.now().sum(values, words, lanes);
            for (final double lane : lanes) {
                sum += lane;
            }
            return count;
        }
        sumPairs();
        if (sizeOf(block, metric) <= MetricScales.MAX_PLAIN_SUM || Double.isFinite(sum + compensation)) {
            return count;
        }
        readScaled(selection, metric, MetricScales.SUM_FACTOR);
        sumPairs();
        read(selection, metric);
        return MetricScales.withSumScale(count, true);
    }

    private static double sizeOf(final Block block, final int metric) {
        return Math.max(Math.abs(block.minMetric(metric)), Math.abs(block.maxMetric(metric)));
    }

    private void sumPairs() {
        sum = 0;
        compensation = 0;
        loops.now().sumPairs(values, words, lanes, lost);
        for (int lane = 0; lane < BlockLoops.LANES; lane++) {
            final double next = sum + lanes[lane];
            compensation += MetricScales.lost(sum, lanes[lane], next) + lost[lane];
            sum = next;
        }
        // where almost all cancels the rest may be more than the sum
        final double high = sum + compensation;
        compensation = MetricScales.lost(sum, compensation, high);
        sum = high;
    }

    /** Adds squared deviations, of numbers scaled if they are very large or small. */
    private void addMoments(final RowSelection selection, final int metric, final long stateAddress, final long word) {
        final long count = MetricScales.count(word);
        final boolean isWhole = selection.block().isInteger(metric);
        int scale = isWhole ? MetricScales.PLAIN : MetricScales.scaleOf(sizeOf(selection.block(), metric));
        double m2 = deviations(selection, metric, word, scale);
        while (!isWhole && MetricScales.isTooSmall(m2, mean, count, scale)) {
            scale--;
            read(selection, metric);
            m2 = deviations(selection, metric, word, scale);
        }
        final int normal = MetricScales.normalScale(m2, scale);
        MetricState.mergeMoments(stateAddress, MetricScales.withSquaresScale(word, normal), sum, compensation,
            MetricScales.rescaled(m2, scale, normal));
        if (scale != MetricScales.PLAIN) {
            read(selection, metric);
        }
    }

    /** Squared deviations from the true mean: those from the rounded one less what rounding it adds. */
    private double deviations(final RowSelection selection, final int metric, final long word, final int scale) {
        final long count = MetricScales.count(word);
        final double factor = MetricScales.sumFactor(MetricScales.isSumScaled(word), scale);
        mean = sum * factor / count;
        final double rest = MetricScales.meanRest(count, sum * factor, compensation * factor, mean);
        if (scale != MetricScales.PLAIN) {
            readScaled(selection, metric, MetricScales.distanceFactor(scale));
        }
        loops.now().deviations(values, words, mean, lanes);
        double m2 = 0;
        for (final double lane : lanes) {
            m2 += lane;
        }
        return Math.max(0, m2 - rest * rest * count);
    }

    private void widen(final long stateAddress) {
        loops.now().extremes(values, words, lanes, maxs);
        double min = lanes[0];
        double max = maxs[0];
        for (int lane = 1; lane < BlockLoops.LANES; lane++) {
            min = Math.min(min, lanes[lane]);
            max = Math.max(max, maxs[lane]);
        }
        MetricState.mergeExtremes(stateAddress, min, max);
    }
}
