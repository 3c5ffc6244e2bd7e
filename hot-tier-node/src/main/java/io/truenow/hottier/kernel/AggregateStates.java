package io.truenow.hottier.kernel;

import java.util.Arrays;

/**
 * Aggregates by group: rows, and for each metric the rows that carry it, their sum as an unevaluated pair (sum, compensation) with some 106
 * bits, least and greatest value. A pair's sum is exact as long as the addends are integers and no partial sum passes 2^105 or so.
 */
final class AggregateStates {
    /** Larger arrays are let go when a query ends. */
    private static final int KEPT_GROUPS = 1 << 16;
    private static final double[][] NO_DOUBLES = new double[0][];

    long[] rows = new long[16];
    long[][] counts = new long[0][];
    double[][] sums = NO_DOUBLES;
    double[][] compensations = NO_DOUBLES;
    double[][] mins = NO_DOUBLES;
    double[][] maxs = NO_DOUBLES;
    private int metricCount;
    private int groups;

    /** Starts over with groups that hold nothing. */
    void begin(final int newMetricCount, final int newGroups) {
        metricCount = newMetricCount;
        groups = 0;
        if (rows.length > KEPT_GROUPS) {
            rows = new long[16];
            counts = new long[0][];
        }
        if (counts.length < metricCount) {
            counts = new long[metricCount][rows.length];
            sums = new double[metricCount][rows.length];
            compensations = new double[metricCount][rows.length];
            mins = new double[metricCount][rows.length];
            maxs = new double[metricCount][rows.length];
        }
        extend(newGroups);
    }

    /** Sees to groups 0 .. count - 1; new ones hold nothing. */
    void extend(final int count) {
        if (count > rows.length) {
            final int length = Math.max(count, rows.length * 2);
            rows = Arrays.copyOf(rows, length);
            for (int metric = 0; metric < counts.length; metric++) {
                counts[metric] = Arrays.copyOf(counts[metric], length);
                sums[metric] = Arrays.copyOf(sums[metric], length);
                compensations[metric] = Arrays.copyOf(compensations[metric], length);
                mins[metric] = Arrays.copyOf(mins[metric], length);
                maxs[metric] = Arrays.copyOf(maxs[metric], length);
            }
        }
        if (count > groups) {
            Arrays.fill(rows, groups, count, 0);
            for (int metric = 0; metric < metricCount; metric++) {
                Arrays.fill(counts[metric], groups, count, 0);
                Arrays.fill(sums[metric], groups, count, 0.0);
                Arrays.fill(compensations[metric], groups, count, 0.0);
                Arrays.fill(mins[metric], groups, count, Double.POSITIVE_INFINITY);
                Arrays.fill(maxs[metric], groups, count, Double.NEGATIVE_INFINITY);
            }
            groups = count;
        }
    }

    /** Adds another's group to one of this. */
    void merge(final int group, final AggregateStates other, final int otherGroup) {
        rows[group] += other.rows[otherGroup];
        for (int metric = 0; metric < metricCount; metric++) {
            counts[metric][group] += other.counts[metric][otherGroup];
            final double mine = sums[metric][group];
            final double theirs = other.sums[metric][otherGroup];
            final double sum = mine + theirs;
            compensations[metric][group] += other.compensations[metric][otherGroup] + lost(mine, theirs, sum);
            sums[metric][group] = sum;
            mins[metric][group] = Math.min(mins[metric][group], other.mins[metric][otherGroup]);
            maxs[metric][group] = Math.max(maxs[metric][group], other.maxs[metric][otherGroup]);
        }
    }

    /** What a rounded sum of two lost (Knuth's TwoSum). */
    static double lost(final double left, final double right, final double sum) {
        final double virtual = sum - left;
        return left - (sum - virtual) + (right - virtual);
    }
}
