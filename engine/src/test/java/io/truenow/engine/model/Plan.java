package io.truenow.engine.model;

import io.truenow.engine.scan.kernel.BlockKernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A query by ordinals.
 *
 * @param wanted  of each metric, what the kernel calls it: sums, extremes, moments.
 * @param filters the dimension's value is one of the list, which may hold null.
 */
public record Plan(long startUs, long endUs, long intervalUs, List<Integer> groupBy, List<Integer> metrics, List<Integer> wanted,
    Map<Integer, List<String>> filters) {

    /** With least and greatest values. */
    public Plan(final long startUs, final long endUs, final long intervalUs, final List<Integer> groupBy, final List<Integer> metrics,
        final Map<Integer, List<String>> filters) {
        this(startUs, endUs, intervalUs, groupBy, metrics, Collections.nCopies(metrics.size(), BlockKernel.EXTREMES), filters);
    }

    /** Any query over a time range. */
    public static Plan random(final RandomGenerator random, final RandomRows rows, final long fromUs, final long toUs) {
        final long first = fromUs + random.nextLong(toUs - fromUs);
        final long second = fromUs + random.nextLong(toUs - fromUs);
        final boolean everything = random.nextInt(3) == 0;
        final long[] intervals = {0, 0, 1, 1_000, 1_000_000, 7_777_777, 10_000_000, 60_000_000, 600_000_000, 900_000_000, 86_400_000_000L};
        final List<Integer> groupBy = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            groupBy.add(random.nextInt(rows.dimensionCount() + 1));
        }
        final List<Integer> metrics = new ArrayList<>();
        final List<Integer> wanted = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            metrics.add(random.nextInt(rows.metricCount() + 1));
            wanted.add(random.nextInt((BlockKernel.EXTREMES | BlockKernel.MOMENTS) + 1));
        }
        final Map<Integer, List<String>> filters = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            final int dimension = random.nextInt(rows.dimensionCount() + 1);
            final List<String> values = new ArrayList<>();
            for (int j = random.nextInt(4); j >= 0; j--) {
                final String value = random.nextInt(5) == 0 ? null : rows.value(dimension);
                values.add(value);
            }
            filters.put(dimension, Collections.unmodifiableList(values));
        }
        return new Plan(
            everything ? Long.MIN_VALUE : Math.min(first, second), everything ? Long.MAX_VALUE : Math.max(first, second) + 1,
            everything ? 0 : intervals[random.nextInt(intervals.length)], groupBy, metrics, wanted,
            filters);
    }
}
