package io.truenow.engine.scan.kernel;

import io.truenow.format.partial.MetricScales;

/**
 * Squared deviations of a block's values from the means of their groups, by the scale that each group needs: all groups by the scale of the
 * block's largest values first, then anew those whose squares may have been lost. Reused; one thread.
 */
final class GroupMoments {
    private static final int TO_FIND = Integer.MAX_VALUE;

    private final double[] means = new double[GroupAggregator.LOCAL_GROUPS];
    /** What the rounded means lost. */
    private final double[] rests = new double[GroupAggregator.LOCAL_GROUPS];
    private final double[] squares = new double[GroupAggregator.LOCAL_GROUPS];
    private final int[] scales = new int[GroupAggregator.LOCAL_GROUPS];
    private int groupLimit;
    private int[] counts;
    private double[] sums;
    private double[] compensations;
    private double[] sumFactors;

    /** Takes the groups' sums, which stay the caller's; factors other than 1 tell which are scaled, null that none is. */
    void begin(
        final int newGroupLimit, final int[] newCounts, final double[] newSums, final double[] newCompensations,
        final double[] newSumFactors) {
        groupLimit = newGroupLimit;
        counts = newCounts;
        sums = newSums;
        compensations = newCompensations;
        sumFactors = newSumFactors;
    }

    /** Finds all groups' squared deviations. */
    void find(final MetricValues metric, final int[] groups) {
        int scale = metric.isWhole() ? MetricScales.PLAIN : MetricScales.scaleOf(metric.size());
        for (int group = 0; group < groupLimit; group++) {
            scales[group] = TO_FIND;
            findMean(group, scale);
        }
        if (scale == MetricScales.PLAIN) {
            addPlain(metric, groups);
        } else {
            addScaled(metric, groups, MetricScales.distanceFactor(scale));
        }
        while (settle(scale, metric.isWhole())) {
            scale--;
            addScaled(metric, groups, MetricScales.distanceFactor(scale));
        }
    }

    /** Squared deviations of a group that has values, as they are scaled. */
    double squares(final int group) {
        return squares[group];
    }

    /** Scale of a group's squared deviations. */
    int scale(final int group) {
        return scales[group];
    }

    private void findMean(final int group, final int scale) {
        final double factor = MetricScales.sumFactor(sumFactors != null && sumFactors[group] != 1, scale);
        final double sum = sums[group] * factor;
        means[group] = sum / counts[group];
        rests[group] = MetricScales.meanRest(counts[group], sum, compensations[group] * factor, means[group]);
        squares[group] = 0;
    }

    private void addPlain(final MetricValues metric, final int[] groups) {
        final double[] values = metric.values();
        for (int i = 0, length = metric.count(); i < length; i++) {
            final int group = groups[i];
            final double distance = values[i] - means[group];
            squares[group] += distance * distance;
        }
    }

    private void addScaled(final MetricValues metric, final int[] groups, final double factor) {
        final double[] values = metric.values();
        for (int i = 0, length = metric.count(); i < length; i++) {
            final int group = groups[i];
            if (scales[group] == TO_FIND) {
                final double distance = values[i] * factor - means[group];
                squares[group] += distance * distance;
            }
        }
    }

    /** Settles what was found by a scale; makes the others ready for the scale below and tells whether there are any. */
    private boolean settle(final int scale, final boolean isWhole) {
        boolean isAnyLeft = false;
        for (int group = 0; group < groupLimit; group++) {
            if (scales[group] == TO_FIND && counts[group] > 0) {
                final double found = Math.max(0, squares[group] - rests[group] * rests[group] * counts[group]);
                if (!isWhole && MetricScales.isTooSmall(found, means[group], counts[group], scale)) {
                    findMean(group, scale - 1);
                    isAnyLeft = true;
                } else {
                    scales[group] = MetricScales.normalScale(found, scale);
                    squares[group] = MetricScales.rescaled(found, scale, scales[group]);
                }
            }
        }
        return isAnyLeft;
    }
}
