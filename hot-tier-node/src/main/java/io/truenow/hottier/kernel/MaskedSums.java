package io.truenow.hottier.kernel;

import io.truenow.hottier.column.ColumnReader;
import io.truenow.hottier.loop.BlockLoops;
import io.truenow.hottier.loop.Loops;
import io.truenow.hottier.loop.ValueSource;
import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.MetricEncoding;

/**
 * Adds a metric's values to one record where all selected rows are of one group: straight from the column, rows that do not count masked.
 * Whole numbers are summed plainly, which is exact within a block, others as pairs in each lane.
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
        final int fromRow = selection.fromRow();
        final int toRow = selection.toRow();
        if (block.metricEncoding(metric) == MetricEncoding.DOUBLE) {
            values.column(fromRow, toRow, block.metricAddress(metric));
        } else {
            selection.columns().values(block, metric, fromRow & -Long.SIZE, toRow, decoded);
            values.decoded(fromRow, toRow, decoded);
        }
        sum(block.isInteger(metric));
        if ((wanted & BlockKernel.MOMENTS) != 0) {
            MetricState.mergeMoments(stateAddress, count, sum + compensation, deviations((sum + compensation) / count));
        }
        MetricState.mergeSums(stateAddress, count, sum, compensation);
        if ((wanted & BlockKernel.EXTREMES) != 0
            && (block.minMetric(metric) < MetricState.min(stateAddress) || block.maxMetric(metric) > MetricState.max(stateAddress))) {
            widen(stateAddress);
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

    private void sum(final boolean isWhole) {
        sum = 0;
        compensation = 0;
        if (isWhole) {
            loops.now().sum(values, words, lanes);
            for (final double lane : lanes) {
                sum += lane;
            }
            return;
        }
        loops.now().sumPairs(values, words, lanes, lost);
        for (int lane = 0; lane < BlockLoops.LANES; lane++) {
            final double next = sum + lanes[lane];
            compensation += MetricState.lost(sum, lanes[lane], next) + lost[lane];
            sum = next;
        }
    }

    private double deviations(final double mean) {
        loops.now().deviations(values, words, mean, lanes);
        double m2 = 0;
        for (final double lane : lanes) {
            m2 += lane;
        }
        return m2;
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
