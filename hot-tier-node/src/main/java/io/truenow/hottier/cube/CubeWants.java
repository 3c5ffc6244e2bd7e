package io.truenow.hottier.cube;

import java.util.Arrays;

/** What a query wants of cubes: a key that holds all its dimensions, metrics, and which dimensions tell groups apart. Reused. */
public final class CubeWants {
    private CubeKey key;
    private boolean filtered;
    private int[] groupBy = new int[4];
    private int groupByCount;
    private int[] metrics = new int[4];
    private boolean[] moments = new boolean[4];
    private int metricCount;

    /** Starts over; with a null key nothing can be had of cubes. */
    public void begin(final CubeKey newKey, final boolean isFiltered) {
        key = newKey;
        filtered = isFiltered;
        groupByCount = 0;
        metricCount = 0;
    }

    /** One more dimension to group by, which is one of the key's. */
    public void groupBy(final int dimension) {
        groupBy = groupByCount < groupBy.length ? groupBy : Arrays.copyOf(groupBy, groupByCount * 2);
        groupBy[groupByCount++] = key.indexOf(dimension);
    }

    /** One more metric. */
    public void metric(final int ordinal, final boolean withMoments) {
        if (metricCount == metrics.length) {
            metrics = Arrays.copyOf(metrics, metricCount * 2);
            moments = Arrays.copyOf(moments, metricCount * 2);
        }
        metrics[metricCount] = ordinal;
        moments[metricCount] = withMoments;
        metricCount++;
    }

    /** Null if cubes are of no use. */
    public CubeKey key() {
        return key;
    }

    boolean isFiltered() {
        return filtered;
    }

    int groupByCount() {
        return groupByCount;
    }

    /** Index in the key. */
    int groupByIndex(final int index) {
        return groupBy[index];
    }

    int metricCount() {
        return metricCount;
    }

    int metric(final int index) {
        return metrics[index];
    }

    boolean moments(final int index) {
        return moments[index];
    }
}
