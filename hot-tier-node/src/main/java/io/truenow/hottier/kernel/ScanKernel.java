package io.truenow.hottier.kernel;

import io.truenow.fabric.memory.NativeMemory;
import io.truenow.hottier.segment.Block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The loops over one block's columns: to a selection of rows, to group numbers, to aggregates; one tight loop for each step. Its arrays
 * hold one block's intermediate state and are shared by all scans of a thread. {@link BlockKernel} takes its place as soon as scans keep
 * their states off heap.
 */
public final class ScanKernel {
    private static final int MAX_ROWS = 4_096;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final int[] selected = new int[MAX_ROWS];
    private final long[] keys = new long[MAX_ROWS];
    private final int[] groups = new int[MAX_ROWS];
    private Block block;
    private final MemorySegment memory = NativeMemory.ALL;
    private int count;
    private boolean oneGroup;

    /** For the scans of one thread. */
    public ScanKernel() {
    }

    void begin(final Block newBlock, final int rows) {
        block = newBlock;

        count = rows;
    }

    int selectedCount() {
        return count;
    }

    /** The first selection: rows with from <= time < to. Rows not of the cut lie behind {@code count} and are never looked at. */
    void selectTimes(final int fromOffsetUs, final int toOffsetUs) {
        final int rows = count;
        if (block.minOffsetUs() >= fromOffsetUs && block.maxOffsetUs() < toOffsetUs) {
            for (int row = 0; row < rows; row++) {
                selected[row] = row;
            }
            return;
        }
        final long times = block.timesAddress();
        int kept = 0;
        for (int row = 0; row < rows; row++) {
            final int time = memory.get(INT, times + (long) row * Integer.BYTES);
            selected[kept] = row;
            // without a branch: 1 if from <= time < to
            kept += (~(time - fromOffsetUs) & time - toOffsetUs) >>> Integer.SIZE - 1;
        }
        count = kept;
    }

    void selectCodes(final int dimension, final boolean[] matches) {
        if (dimension >= block.dimensionCount()) {
            count = matches[0] ? count : 0;
            return;
        }
        final long codes = block.codesAddress(dimension);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            final int row = selected[i];
            selected[kept] = row;
            kept += matches[memory.get(INT, codes + (long) row * Integer.BYTES)] ? 1 : 0;
        }
        count = kept;
    }

    /** Keys of a segment whose rows all fall into one bucket. */
    void startKeys() {
        for (int i = 0; i < count; i++) {
            keys[i] = 0;
        }
        oneGroup = true;
    }

    /** Keys that begin with the number of the row's bucket. Rows come about in time's order, so most need no division. */
    void startKeys(final long spanStartUs, final long intervalUs, final long firstBucket) {
        final long times = block.timesAddress();
        long bucket = 0;
        long bucketStart = 0;
        long bucketEnd = 0;
        for (int i = 0; i < count; i++) {
            final long timeUs = spanStartUs + memory.get(INT, times + (long) selected[i] * Integer.BYTES);
            if (timeUs < bucketStart || timeUs >= bucketEnd) {
                bucket = Math.floorDiv(timeUs, intervalUs);
                bucketStart = bucket * intervalUs;
                bucketEnd = bucketStart + intervalUs;
            }
            keys[i] = bucket - firstBucket;
        }
        oneGroup = false;
    }

    void enter(final SegmentGroups segmentGroups, final int component) {
        segmentGroups.enter(component, keys, count);
    }

    void mixCodes(final int dimension, final int radix, final boolean anyValue) {
        if (!anyValue) {
            return;
        }
        oneGroup = false;
        if (dimension >= block.dimensionCount()) {
            for (int i = 0; i < count; i++) {
                keys[i] *= radix;
            }
            return;
        }
        final long codes = block.codesAddress(dimension);
        for (int i = 0; i < count; i++) {
            keys[i] = keys[i] * radix + memory.get(INT, codes + (long) selected[i] * Integer.BYTES);
        }
    }

    void number(final SegmentGroups segmentGroups) {
        segmentGroups.number(keys, groups, count);
    }

    void countRows(final AggregateStates states) {
        final long[] rows = states.rows;
        if (oneGroup) {
            rows[groups[0]] += count;
            return;
        }
        for (int i = 0; i < count; i++) {
            rows[groups[i]]++;
        }
    }

    void aggregate(final AggregateStates states, final int metric, final int ordinal) {
        if (ordinal >= block.metricCount()) {
            return;
        }
        if (block.nullsAddress(ordinal) != 0) {
            aggregateNullable(states, metric, ordinal);
        } else if (oneGroup) {
            aggregateOne(states, metric, ordinal);
        } else {
            aggregateAll(states, metric, ordinal);
        }
    }

    private void aggregateOne(final AggregateStates states, final int metric, final int ordinal) {
        final long doubles = block.metricAddress(ordinal);
        double sum = 0;
        double compensation = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            final double value = memory.get(DOUBLE, doubles + (long) selected[i] * Double.BYTES);
            final double next = sum + value;
            compensation += AggregateStates.lost(sum, value, next);
            sum = next;
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        final int group = groups[0];
        final double before = states.sums[metric][group];
        final double after = before + sum;
        states.compensations[metric][group] += compensation + AggregateStates.lost(before, sum, after);
        states.sums[metric][group] = after;
        states.counts[metric][group] += count;
        states.mins[metric][group] = Math.min(states.mins[metric][group], min);
        states.maxs[metric][group] = Math.max(states.maxs[metric][group], max);
    }

    private void aggregateAll(final AggregateStates states, final int metric, final int ordinal) {
        final long doubles = block.metricAddress(ordinal);
        final long[] counts = states.counts[metric];
        final double[] sums = states.sums[metric];
        final double[] compensations = states.compensations[metric];
        final double[] mins = states.mins[metric];
        final double[] maxs = states.maxs[metric];
        for (int i = 0; i < count; i++) {
            final double value = memory.get(DOUBLE, doubles + (long) selected[i] * Double.BYTES);
            final int group = groups[i];
            final double sum = sums[group];
            final double next = sum + value;
            compensations[group] += AggregateStates.lost(sum, value, next);
            sums[group] = next;
            counts[group]++;
            mins[group] = Math.min(mins[group], value);
            maxs[group] = Math.max(maxs[group], value);
        }
    }

    private void aggregateNullable(final AggregateStates states, final int metric, final int ordinal) {
        final long doubles = block.metricAddress(ordinal);
        final long nulls = block.nullsAddress(ordinal);
        final long[] counts = states.counts[metric];
        final double[] sums = states.sums[metric];
        final double[] compensations = states.compensations[metric];
        final double[] mins = states.mins[metric];
        final double[] maxs = states.maxs[metric];
        for (int i = 0; i < count; i++) {
            final int row = selected[i];
            if ((memory.get(LONG, nulls + (long) (row >>> 6) * Long.BYTES) >>> row & 1) == 0) {
                final double value = memory.get(DOUBLE, doubles + (long) row * Double.BYTES);
                final int group = groups[i];
                final double sum = sums[group];
                final double next = sum + value;
                compensations[group] += AggregateStates.lost(sum, value, next);
                sums[group] = next;
                counts[group]++;
                mins[group] = Math.min(mins[group], value);
                maxs[group] = Math.max(maxs[group], value);
            }
        }
    }
}
