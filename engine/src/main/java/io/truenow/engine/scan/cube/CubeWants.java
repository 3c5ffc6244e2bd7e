package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.sketch.SegmentSketch;
import io.truenow.engine.scan.sketch.SketchWish;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a query wants of cubes: a key that holds all its dimensions, metrics, and which dimensions tell groups apart. Reused. */
public final class CubeWants {
    private CubeKey key;
    private boolean filtered;
    private int[] groupBy = new int[4];
    private int groupByCount;
    private int[] metrics = new int[4];
    private int[] wanted = new int[4];
    private int metricCount;
    private final List<SketchWish> sketches = new ArrayList<>();
    private final List<SegmentSketch> scanners = new ArrayList<>();

    /** Starts over; with a null key nothing can be had of cubes. */
    public void begin(final CubeKey newKey, final boolean isFiltered) {
        key = newKey;
        filtered = isFiltered;
        groupByCount = 0;
        metricCount = 0;
        sketches.clear();
        scanners.clear();
    }

    /** One more dimension to group by, which is one of the key's. */
    public void groupBy(final int dimension) {
        groupBy = groupByCount < groupBy.length ? groupBy : Arrays.copyOf(groupBy, groupByCount * 2);
        groupBy[groupByCount++] = key.indexOf(dimension);
    }

    /** One more metric: {@link BlockKernel#SUMS}, {@link BlockKernel#EXTREMES}, {@link BlockKernel#MOMENTS} or'ed. */
    public void metric(final int ordinal, final int newWanted) {
        if (metricCount == metrics.length) {
            metrics = Arrays.copyOf(metrics, metricCount * 2);
            wanted = Arrays.copyOf(wanted, metricCount * 2);
        }
        metrics[metricCount] = ordinal;
        wanted[metricCount] = newWanted;
        metricCount++;
    }

    /** One more sketch, and what may gather it while the query is at a segment. Cubes of the whole span alone have sketches. */
    public void sketch(final SketchWish wish, final SegmentSketch scanner) {
        sketches.add(wish);
        scanners.add(scanner);
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

    /** What is wanted of a metric. */
    int wanted(final int index) {
        return wanted[index];
    }

    int sketchCount() {
        return sketches.size();
    }

    SketchWish sketch(final int index) {
        return sketches.get(index);
    }

    SegmentSketch scanner(final int index) {
        return scanners.get(index);
    }
}
