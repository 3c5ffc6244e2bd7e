package io.truenow.engine.scan.kernel;

import io.truenow.engine.scan.column.ColumnReader;
import io.truenow.engine.scan.loop.Loops;
import io.truenow.engine.scan.predicate.SegmentPredicate;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;

/**
 * The loops over one block's columns: to a selection of rows, to group numbers, to aggregates; one tight loop for each step. Its arrays
 * hold one block's intermediate state and are shared by all scans of a thread: whoever begins a block is done with it before another
 * begins.
 *
 * <p>In this order: {@link #begin}, {@link #selectTimes}, {@link #select}, {@link #startKeys}, for each dimension {@link #enter} and
 * {@link #mixCodes}, then {@link #number}; after that any of the rest. Between {@link #beginRun} and {@link #endRun} lie blocks whose sums
 * may be added together.
 *
 * <p>Not final so that a test can let a step fail.
 */
public class BlockKernel implements SelectedRows {
    /** Aggregates: count and sum, always. */
    public static final int SUMS = 0;
    /** Least and greatest value too. */
    public static final int EXTREMES = 1;
    /** The sum of squared deviations too. */
    public static final int MOMENTS = 2;

    private final Loops loops = new Loops();
    private final RowSelection selection = new RowSelection(loops);
    private final GroupKeys keys = new GroupKeys();
    private final MaskedSums oneGroup = new MaskedSums(loops);
    private final GroupAggregator aggregator = new GroupAggregator(loops);
    private final MetricValues values = new MetricValues();
    private final int[] presentGroups = new int[Block.MAX_ROWS];
    private int[] valueGroups = presentGroups;
    private int groupLimit;

    /** For the scans of one thread. */
    public BlockKernel() {
    }

    /**
     * Begins a run of blocks: their rows and aggregates may be in the records as late as after {@link #endRun}, until which records must
     * not move. Whatever an earlier run left is dropped.
     *
     * @param rowsAddress what each block gives to {@link #countRows}, 0 if none calls it.
     */
    public void beginRun(final long rowsAddress) {
        aggregator.beginRun(rowsAddress);
    }

    /** Adds what the run has left to the records. */
    public void endRun() {
        aggregator.endRun();
    }

    /** Rows fromRow .. toRow - 1 of a block are selected. Rows not of the cut lie behind and are never looked at. */
    public void begin(final Block block, final int fromRow, final int toRow) {
        selection.begin(block, fromRow, toRow);
    }

    /** Keeps rows with from <= time < to, in microseconds since the span's start. */
    public void selectTimes(final int fromOffsetUs, final int toOffsetUs) {
        selection.times(fromOffsetUs, toOffsetUs);
    }

    /** Keeps rows that a predicate, resolved for the block's segment, is true of. */
    public void select(final SegmentPredicate predicate) {
        if (selection.count() == 0 || predicate.isAlwaysTrue()) {
            return;
        }
        final Block block = selection.block();
        selection.toWords();
        predicate.select(block, selection.fromRow(), selection.toRow(), selection.words());
        selection.masked();
    }

    @Override
    public int selectedCount() {
        return selection.count();
    }

    /** Numbers of the selected rows in the block, ascending; valid until the next block. */
    public int[] selected() {
        return selection.rows();
    }

    /** Keys of a segment whose rows all fall into one bucket. */
    public void startKeys() {
        keys.start();
    }

    /** Keys that begin with the number of the row's bucket, 0 for the first. */
    public void startKeys(final long spanStartUs, final long intervalUs, final long firstBucket) {
        keys.start(selection, spanStartUs, intervalUs, firstBucket);
    }

    /** Before a component is mixed in: numbers the keys so far if it begins a stage. */
    public void enter(final SegmentGroups groups, final int component) {
        final LongIds stage = groups.stageBefore(component);
        if (stage != null) {
            keys.number(stage, selection.count());
        }
    }

    /** Adds the local codes of a dimension to the keys as their last digit; the radix is above all codes. */
    public void mixCodes(final int dimension, final int radix) {
        keys.mix(selection, dimension, radix);
    }

    /** Turns complete keys into groups; there may be more of them afterwards, see {@link SegmentGroups#groupLimit}. */
    public void number(final SegmentGroups groups) {
        if (groups.isDense()) {
            begin(groups.groupLimit());
        } else {
            number(groups.ids());
        }
    }

    /** The keys are the groups, all below the limit. */
    public void numberDense(final int limit) {
        begin(limit);
    }

    /** Turns complete keys into groups: their numbers in the table, which takes in those that are new. */
    public void number(final LongIds ids) {
        keys.number(ids, selection.count());
        begin(ids.size());
    }

    @Override
    public int[] groups() {
        return keys.groups(selection.count());
    }

    @Override
    public int groupLimit() {
        return groupLimit;
    }

    /**
     * Adds the rows of each group to {@code int64[groups]} at an absolute address. Best after the metrics, the first of which may have
     * counted them on the way.
     */
    public void countRows(final long rowsAddress) {
        if (keys.isConstant()) {
            final long at = rowsAddress + (long) keys.constant() * Long.BYTES;
            MetricState.increase(at, selection.count());
        } else {
            aggregator.countRows(rowsAddress);
        }
    }

    /**
     * Adds a metric's values to the {@link MetricState records} of their groups.
     *
     * @param statesAddress  of the record of group 0.
     * @param wanted         {@link #SUMS}, {@link #EXTREMES}, {@link #MOMENTS} or'ed; of records that were made for moments, always with
     *                       these. What is not wanted stays as it is.
     */
    public void aggregate(final int metric, final long statesAddress, final int wanted) {
        final Block block = selection.block();
        if (selection.count() == 0 || block.metricEncoding(metric) == MetricEncoding.ABSENT) {
            return;
        }
        if (keys.isConstant()) {
            oneGroup.add(selection, metric, statesAddress + (long) keys.constant() * MetricState.BYTES, wanted);
        } else {
            aggregateGroups(metric, statesAddress, wanted);
        }
    }

    @Override
    public void codes(final int dimension, final int[] target) {
        selection.codes(dimension, target);
    }

    @Override
    public int values(final int metric) {
        final Block block = selection.block();
        final int count = selection.count();
        if (count == 0 || block.metricEncoding(metric) == MetricEncoding.ABSENT) {
            return 0;
        }
        final double[] target = values.values();
        selection.values(metric, target);
        final long nulls = block.nullsAddress(metric);
        if (nulls == 0) {
            valueGroups = null;
            return count;
        }
        valueGroups = presentGroups;
        final int[] rows = selection.rows();
        final int[] groups = keys.groups(count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            target[kept] = target[i];
            presentGroups[kept] = groups[i];
            kept += ColumnReader.isNull(nulls, rows[i]) ? 0 : 1;
        }
        return kept;
    }

    @Override
    public double[] values() {
        return values.values();
    }

    @Override
    public int[] valueGroups() {
        return valueGroups == null ? keys.groups(selection.count()) : valueGroups;
    }

    private void aggregateGroups(final int metric, final long statesAddress, final int wanted) {
        values.begin(selection.block(), metric);
        if (aggregator.isOneByOne()) {
            values.count(values(metric));
            GroupAggregator.addEach(values, valueGroups(), statesAddress, wanted);
            return;
        }
        // moments need the sums of the records as they were before the block
        if ((wanted & MOMENTS) == 0 && aggregator.addToRun(selection, metric, statesAddress, (wanted & EXTREMES) != 0)) {
            return;
        }
        values.count(values(metric));
        aggregator.sum(values, valueGroups());
        if ((wanted & MOMENTS) != 0) {
            aggregator.addMoments(values, valueGroups(), statesAddress);
        }
        aggregator.addSums(statesAddress);
        if ((wanted & EXTREMES) != 0 && aggregator.beginExtremes(values, statesAddress)) {
            aggregator.addExtremes(values, valueGroups(), statesAddress);
        }
    }

    private void begin(final int newGroupLimit) {
        groupLimit = newGroupLimit;
        if (!keys.isConstant()) {
            aggregator.begin(keys.groups(selection.count()), selection.count(), keys.least(), (int) Math.min(groupLimit, keys.limit()));
        }
    }
}
