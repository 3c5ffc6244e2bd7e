package io.truenow.hottier.kernel;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Adds values to the {@link MetricState records} of their groups. Where a block has many rows for each group it is summed in arrays first
 * and these are added once: whole numbers plainly, which is exact within a block, others as pairs. Else each value goes to its record.
 */
final class GroupAggregator {
    /** Up to so many groups have their arrays. */
    static final int LOCAL_GROUPS = 1 << 11;
    /** Groups follow each other at random or in runs; neighbours that add to different copies need not wait for each other. */
    private static final int COPIES = 4;

    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final int[] copiedCounts = new int[LOCAL_GROUPS * COPIES];
    /** Rows of the block by group, once {@link #isCounted}. */
    private final int[] rowCounts = new int[LOCAL_GROUPS];
    /** The same of rows that have the metric. */
    private final int[] presentCounts = new int[LOCAL_GROUPS];
    private final double[] copiedSums = new double[LOCAL_GROUPS * COPIES];
    private final double[] sums = new double[LOCAL_GROUPS];
    private final double[] compensations = new double[LOCAL_GROUPS];
    private final double[] mins = new double[LOCAL_GROUPS];
    private final double[] maxs = new double[LOCAL_GROUPS];
    private final double[] means = new double[LOCAL_GROUPS];
    private final double[] deviations = new double[LOCAL_GROUPS];
    private int[] groups;
    private int count;
    private int groupLimit;
    private boolean local;
    private boolean isCounted;

    GroupAggregator() {
    }

    /** The groups of a block's selected rows, all below the limit. */
    void begin(final int[] newGroups, final int newCount, final int newGroupLimit) {
        groups = newGroups;
        count = newCount;
        groupLimit = newGroupLimit;
        local = groupLimit <= LOCAL_GROUPS && groupLimit <= count;
        isCounted = false;
    }

    /** Adds the rows of each group. */
    void countRows(final long rowsAddress) {
        if (local) {
            countGroups();
            for (int group = 0; group < groupLimit; group++) {
                MetricState.increase(rowsAddress + (long) group * Long.BYTES, rowCounts[group]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                MetricState.increase(rowsAddress + (long) groups[i] * Long.BYTES, 1);
            }
        }
    }

    /**
     * Adds a metric's values.
     *
     * @param valueGroups  their groups, if not all rows have one.
     */
    void add(final MetricValues values, final int[] valueGroups, final long statesAddress, final int wanted) {
        if (!local) {
            addEach(values, valueGroups, statesAddress, wanted);
            return;
        }
        final int[] counts;
        if (valueGroups == groups) {
            countGroups();
            counts = rowCounts;
        } else {
            countInto(valueGroups, values.count(), presentCounts);
            counts = presentCounts;
        }
        if (values.isWhole()) {
            sumPlainly(values.values(), valueGroups, values.count());
        } else {
            sumPairs(values.values(), valueGroups, values.count());
        }
        if ((wanted & BlockKernel.MOMENTS) != 0) {
            addMoments(values, valueGroups, counts, statesAddress);
        }
        for (int group = 0; group < groupLimit; group++) {
            if (counts[group] > 0) {
                MetricState.mergeSums(
                    statesAddress + (long) group * MetricState.BYTES, counts[group], sums[group], compensations[group]);
            }
        }
        if ((wanted & BlockKernel.EXTREMES) != 0) {
            widen(values, valueGroups, counts, statesAddress);
        }
    }

    private void countGroups() {
        if (!isCounted) {
            countInto(groups, count, rowCounts);
            isCounted = true;
        }
    }

    private void countInto(final int[] of, final int length, final int[] target) {
        final int[] counts = copiedCounts;
        Arrays.fill(counts, 0, groupLimit * COPIES, 0);
        int i = 0;
        for (; i <= length - COPIES; i += COPIES) {
            counts[of[i] * COPIES]++;
            counts[of[i + 1] * COPIES + 1]++;
            counts[of[i + 2] * COPIES + 2]++;
            counts[of[i + 3] * COPIES + 3]++;
        }
        for (; i < length; i++) {
            counts[of[i] * COPIES]++;
        }
        for (int group = 0; group < groupLimit; group++) {
            final int at = group * COPIES;
            target[group] = counts[at] + counts[at + 1] + counts[at + 2] + counts[at + 3];
        }
    }

    private void sumPlainly(final double[] values, final int[] of, final int length) {
        final double[] copies = copiedSums;
        Arrays.fill(copies, 0, groupLimit * COPIES, 0);
        int i = 0;
        for (; i <= length - COPIES; i += COPIES) {
            copies[of[i] * COPIES] += values[i];
            copies[of[i + 1] * COPIES + 1] += values[i + 1];
            copies[of[i + 2] * COPIES + 2] += values[i + 2];
            copies[of[i + 3] * COPIES + 3] += values[i + 3];
        }
        for (; i < length; i++) {
            copies[of[i] * COPIES] += values[i];
        }
        for (int group = 0; group < groupLimit; group++) {
            final int at = group * COPIES;
            sums[group] = copies[at] + copies[at + 1] + (copies[at + 2] + copies[at + 3]);
            compensations[group] = 0;
        }
    }

    private void sumPairs(final double[] values, final int[] of, final int length) {
        Arrays.fill(sums, 0, groupLimit, 0);
        Arrays.fill(compensations, 0, groupLimit, 0);
        for (int i = 0; i < length; i++) {
            final int group = of[i];
            final double value = values[i];
            final double sum = sums[group];
            final double next = sum + value;
            compensations[group] += MetricState.lost(sum, value, next);
            sums[group] = next;
        }
    }

    /** Squared deviations from the means of the block. */
    private void addMoments(final MetricValues metric, final int[] of, final int[] counts, final long statesAddress) {
        for (int group = 0; group < groupLimit; group++) {
            means[group] = (sums[group] + compensations[group]) / counts[group];
            deviations[group] = 0;
        }
        final double[] values = metric.values();
        for (int i = 0, length = metric.count(); i < length; i++) {
            final int group = of[i];
            final double distance = values[i] - means[group];
            deviations[group] += distance * distance;
        }
        for (int group = 0; group < groupLimit; group++) {
            if (counts[group] > 0) {
                final long address = statesAddress + (long) group * MetricState.BYTES;
                MetricState.mergeMoments(address, counts[group], sums[group] + compensations[group], deviations[group]);
            }
        }
    }

    /**
     * Widens least and greatest values, beginning with those of the records: after some blocks few values do. Nothing at all does where the
     * zone map lies within what every group has.
     */
    private void widen(final MetricValues metric, final int[] of, final int[] counts, final long statesAddress) {
        double greatestMin = Double.NEGATIVE_INFINITY;
        double leastMax = Double.POSITIVE_INFINITY;
        for (int group = 0; group < groupLimit; group++) {
            final long address = statesAddress + (long) group * MetricState.BYTES;
            mins[group] = MetricState.min(address);
            maxs[group] = MetricState.max(address);
            if (counts[group] > 0) {
                greatestMin = Math.max(greatestMin, mins[group]);
                leastMax = Math.min(leastMax, maxs[group]);
            }
        }
        final double[] values = metric.values();
        final int length = metric.count();
        if (metric.min() < greatestMin) {
            for (int i = 0; i < length; i++) {
                if (values[i] < mins[of[i]]) {
                    mins[of[i]] = values[i];
                }
            }
        }
        if (metric.max() > leastMax) {
            for (int i = 0; i < length; i++) {
                if (values[i] > maxs[of[i]]) {
                    maxs[of[i]] = values[i];
                }
            }
        }
        for (int group = 0; group < groupLimit; group++) {
            MetricState.mergeExtremes(statesAddress + (long) group * MetricState.BYTES, mins[group], maxs[group]);
        }
    }

    private static void addEach(final MetricValues metric, final int[] of, final long statesAddress, final int wanted) {
        final double[] values = metric.values();
        final boolean moments = (wanted & BlockKernel.MOMENTS) != 0;
        final boolean extremes = (wanted & BlockKernel.EXTREMES) != 0;
        for (int i = 0, length = metric.count(); i < length; i++) {
            final long address = statesAddress + (long) of[i] * MetricState.BYTES;
            final double value = values[i];
            if (moments) {
                MetricState.mergeMoments(address, 1, value, 0);
            }
            final double sum = MEMORY.get(DOUBLE, address + MetricState.SUM_OFFSET);
            final double next = sum + value;
            final double lost = MEMORY.get(DOUBLE, address + MetricState.COMPENSATION_OFFSET) + MetricState.lost(sum, value, next);
            MEMORY.set(DOUBLE, address + MetricState.SUM_OFFSET, next);
            MEMORY.set(DOUBLE, address + MetricState.COMPENSATION_OFFSET, lost);
            MEMORY.set(LONG, address, MEMORY.get(LONG, address) + 1);
            if (extremes) {
                MetricState.mergeExtremes(address, value, value);
            }
        }
    }
}
