package io.truenow.engine.scan.kernel;

import io.truenow.engine.scan.column.ColumnReader;
import io.truenow.engine.scan.loop.BlockLoops;
import io.truenow.engine.scan.loop.Loops;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;

import java.util.Arrays;

/**
 * The selected rows of one block: a range of rows, or bits of a range of which those set are selected. As a list of row numbers only when
 * someone asks. Reused for every block.
 */
final class RowSelection {
    private final Loops loops;
    private final ColumnReader columns;
    /** Bit r & 63 of word r >>> 6: row r is selected. Told only where it is no range. */
    private final long[] words = new long[Block.MAX_ROWS / Long.SIZE];
    private final int[] rows = new int[Block.MAX_ROWS + BlockLoops.LIST_ROOM];
    private Block block;
    private int minOffsetUs;
    private int maxOffsetUs;
    private int fromRow;
    private int toRow;
    private int count;
    private boolean range;
    private boolean listed;

    RowSelection(final Loops loops) {
        this.loops = loops;
        this.columns = new ColumnReader(loops);
    }

    /** All rows of a range of a block. */
    void begin(final Block newBlock, final int from, final int to) {
        block = newBlock;
        minOffsetUs = newBlock.minOffsetUs();
        maxOffsetUs = newBlock.maxOffsetUs();
        range(from, to);
    }

    /** Those of the selected rows with from <= time < to. */
    void times(final int fromOffsetUs, final int toOffsetUs) {
        final boolean all = minOffsetUs >= fromOffsetUs && maxOffsetUs < toOffsetUs;
        minOffsetUs = Math.max(minOffsetUs, fromOffsetUs);
        maxOffsetUs = Math.min(maxOffsetUs, toOffsetUs - 1);
        if (all || count == 0) {
            return;
        }
        if (minOffsetUs > maxOffsetUs) {
            range(fromRow, fromRow);
        } else if (range && block.isTimeSorted()) {
            final int first = ColumnReader.firstAtOrAfter(block.timesAddress(), fromRow, toRow, fromOffsetUs);
            range(first, ColumnReader.firstAtOrAfter(block.timesAddress(), first, toRow, toOffsetUs));
        } else {
            toWords();
            loops.now().keepTimes(block.timesAddress(), fromOffsetUs, toOffsetUs - fromOffsetUs, fromRow, toRow, words);
            masked();
        }
    }

    /** Reads columns of blocks, other than those of the selected rows only. */
    ColumnReader columns() {
        return columns;
    }

    Block block() {
        return block;
    }

    /** No selected row is earlier. */
    int minOffsetUs() {
        return minOffsetUs;
    }

    /** No selected row is later. */
    int maxOffsetUs() {
        return maxOffsetUs;
    }

    /** Local codes of the selected rows. */
    void codes(final int dimension, final int[] target) {
        if (range) {
            columns.codes(block, dimension, fromRow, toRow, target);
        } else {
            columns.codes(block, dimension, rows(), count, target);
        }
    }

    /** Values of the selected rows, counted from a base: whole numbers that fit then. The doubles are lent. */
    void wholes(final int metric, final double base, final int[] target, final double[] doubles) {
        final MetricEncoding encoding = block.metricEncoding(metric);
        if (encoding != MetricEncoding.UINT8 && encoding != MetricEncoding.UINT16) {
            if (range && encoding == MetricEncoding.DOUBLE) {
                columns.wholes(block, metric, base, fromRow, toRow, target);
                return;
            }
            values(metric, doubles);
            for (int i = 0; i < count; i++) {
                target[i] = (int) (doubles[i] - base);
            }
            return;
        }
        if (range) {
            columns.stored(block, metric, fromRow, toRow, target);
        } else {
            columns.stored(block, metric, rows(), count, target);
        }
        final int distance = (int) (block.metricBase(metric) - base);
        for (int i = 0; i < count && distance != 0; i++) {
            target[i] += distance;
        }
    }

    /** Values of the selected rows, of no use where a row lacks the metric. */
    void values(final int metric, final double[] target) {
        if (range) {
            columns.values(block, metric, fromRow, toRow, target);
        } else {
            columns.values(block, metric, rows(), count, target);
        }
    }

    /** All rows of a range. */
    void range(final int from, final int to) {
        fromRow = from;
        toRow = Math.max(from, to);
        count = toRow - fromRow;
        range = true;
        listed = false;
    }

    /** The bits, to be set by the caller for rows of the range only, words of its first to its last row; then {@link #masked}. */
    long[] words() {
        return words;
    }

    /** Selects what the bits say, within the range that there was, which then ends with the first and the last of them. */
    void masked() {
        int selected = 0;
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            selected += Long.bitCount(words[word]);
        }
        listed = false;
        count = selected;
        range = false;
        if (selected == 0) {
            range(fromRow, fromRow);
            return;
        }
        int first = fromRow >>> 6;
        while (words[first] == 0) {
            first++;
        }
        int last = toRow - 1 >>> 6;
        while (words[last] == 0) {
            last--;
        }
        fromRow = (first << 6) + Long.numberOfTrailingZeros(words[first]);
        toRow = (last + 1 << 6) - Long.numberOfLeadingZeros(words[last]);
        if (selected == toRow - fromRow) {
            range(fromRow, toRow);
        }
    }

    /** Sets the bits of a range, so that they can be narrowed. */
    void toWords() {
        if (range) {
            setRange(words, fromRow, toRow);
            range = false;
        }
    }

    boolean isRange() {
        return range;
    }

    int fromRow() {
        return fromRow;
    }

    int toRow() {
        return toRow;
    }

    int count() {
        return count;
    }

    /** Numbers of the selected rows, ascending; {@link #count} of them. */
    int[] rows() {
        if (!listed) {
            list();
            listed = true;
        }
        return rows;
    }

    private void list() {
        if (range) {
            for (int i = 0; i < count; i++) {
                rows[i] = fromRow + i;
            }
            return;
        }
        loops.now().list(words, fromRow, toRow, rows);
    }

    /** Sets the bits of rows from .. to - 1 and clears the others of the words that they touch. */
    static void setRange(final long[] words, final int from, final int to) {
        if (from >= to) {
            return;
        }
        final int first = from >>> 6;
        final int last = to - 1 >>> 6;
        Arrays.fill(words, first, last + 1, -1L);
        words[first] &= -1L << from;
        words[last] &= -1L >>> -to;
    }
}
