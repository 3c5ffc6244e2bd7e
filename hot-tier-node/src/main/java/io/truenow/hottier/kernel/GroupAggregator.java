package io.truenow.hottier.kernel;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Adds values to the {@link MetricState records} of their groups. For few groups a block is summed in arrays first and these are added
 * once: whole numbers plainly, which is exact within a block, others as pairs. For many groups each value goes to its record.
 */
final class GroupAggregator {
    /** Up to so many groups have their arrays. */
    static final int LOCAL_GROUPS = 1 << 11;

    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final int[] counts = new int[LOCAL_GROUPS];
    private final double[] sums = new double[LOCAL_GROUPS];
    private final double[] compensations = new double[LOCAL_GROUPS];
    private final double[] mins = new double[LOCAL_GROUPS];
    private final double[] maxs = new double[LOCAL_GROUPS];
    private final double[] means = new double[LOCAL_GROUPS];
    private final double[] deviations = new double[LOCAL_GROUPS];

    GroupAggregator() {
        Arrays.fill(mins, Double.POSITIVE_INFINITY);
        Arrays.fill(maxs, Double.NEGATIVE_INFINITY);
    }

    /** One more row for each group of the array. */
    void countRows(final int[] groups, final int count, final int groupLimit, final long rowsAddress) {
        if (groupLimit > LOCAL_GROUPS) {
            for (int i = 0; i < count; i++) {
                final long at = rowsAddress + (long) groups[i] * Long.BYTES;
                MEMORY.set(LONG, at, MEMORY.get(LONG, at) + 1);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            counts[groups[i]]++;
        }
        for (int group = 0; group < groupLimit; group++) {
            final long at = rowsAddress + (long) group * Long.BYTES;
            MEMORY.set(LONG, at, MEMORY.get(LONG, at) + counts[group]);
            counts[group] = 0;
        }
    }

    /** All values belong to the record at the address. */
    void addAll(final double[] values, final int count, final long address, final boolean moments) {
        double sum = 0;
        double compensation = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            final double value = values[i];
            final double next = sum + value;
            compensation += MetricState.lost(sum, value, next);
            sum = next;
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        if (moments) {
            final double mean = (sum + compensation) / count;
            double m2 = 0;
            for (int i = 0; i < count; i++) {
                final double distance = values[i] - mean;
                m2 += distance * distance;
            }
            MetricState.mergeMoments(address, count, sum + compensation, m2);
        }
        MetricState.mergeSums(address, count, sum, compensation);
        MetricState.mergeExtremes(address, min, max);
    }

    /** Values belong to the records of their groups. */
    void add(
        final double[] values, final int[] groups, final int count, final int groupLimit, final long statesAddress, final Parts parts) {
        if (groupLimit > LOCAL_GROUPS) {
            addEach(values, groups, count, statesAddress, parts);
            return;
        }
        if (parts.whole()) {
            for (int i = 0; i < count; i++) {
                final int group = groups[i];
                sums[group] += values[i];
                counts[group]++;
            }
        } else {
            for (int i = 0; i < count; i++) {
                final int group = groups[i];
                final double sum = sums[group];
                final double next = sum + values[i];
                compensations[group] += MetricState.lost(sum, values[i], next);
                sums[group] = next;
                counts[group]++;
            }
        }
        if (parts.extremes()) {
            for (int i = 0; i < count; i++) {
                final int group = groups[i];
                final double value = values[i];
                if (value < mins[group]) {
                    mins[group] = value;
                }
                if (value > maxs[group]) {
                    maxs[group] = value;
                }
            }
        }
        if (parts.moments()) {
            addMoments(values, groups, count, groupLimit, statesAddress);
        }
        for (int group = 0; group < groupLimit; group++) {
            if (counts[group] > 0) {
                final long address = statesAddress + (long) group * MetricState.BYTES;
                MetricState.mergeSums(address, counts[group], sums[group], compensations[group]);
                MetricState.mergeExtremes(address, mins[group], maxs[group]);
                counts[group] = 0;
                sums[group] = 0;
                compensations[group] = 0;
                mins[group] = Double.POSITIVE_INFINITY;
                maxs[group] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    /** Squared deviations from the means of the block, which are known by now. */
    private void addMoments(
        final double[] values, final int[] groups, final int count, final int groupLimit, final long statesAddress) {
        for (int group = 0; group < groupLimit; group++) {
            means[group] = (sums[group] + compensations[group]) / counts[group];
            deviations[group] = 0;
        }
        for (int i = 0; i < count; i++) {
            final double distance = values[i] - means[groups[i]];
            deviations[groups[i]] += distance * distance;
        }
        for (int group = 0; group < groupLimit; group++) {
            if (counts[group] > 0) {
                final long address = statesAddress + (long) group * MetricState.BYTES;
                MetricState.mergeMoments(address, counts[group], sums[group] + compensations[group], deviations[group]);
            }
        }
    }

    private static void addEach(
        final double[] values, final int[] groups, final int count, final long statesAddress, final Parts parts) {
        for (int i = 0; i < count; i++) {
            final long address = statesAddress + (long) groups[i] * MetricState.BYTES;
            final double value = values[i];
            if (parts.moments()) {
                MetricState.mergeMoments(address, 1, value, 0);
            }
            final double sum = MEMORY.get(DOUBLE, address + MetricState.SUM_OFFSET);
            final double next = sum + value;
            final double lost = MEMORY.get(DOUBLE, address + MetricState.COMPENSATION_OFFSET) + MetricState.lost(sum, value, next);
            MEMORY.set(DOUBLE, address + MetricState.SUM_OFFSET, next);
            MEMORY.set(DOUBLE, address + MetricState.COMPENSATION_OFFSET, lost);
            MEMORY.set(LONG, address, MEMORY.get(LONG, address) + 1);
            if (parts.extremes()) {
                MetricState.mergeExtremes(address, value, value);
            }
        }
    }

    /** What is known of the values, and wanted. */
    record Parts(boolean whole, boolean extremes, boolean moments) {
    }
}
