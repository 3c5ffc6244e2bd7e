package io.truenow.engine.scan;

import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.Predicate;
import io.truenow.engine.scan.sketch.SketchWish;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a query asks of a lane, by ordinals. Reused. */
public final class ScanPlan {
    private final Predicate predicate = new Predicate();
    private int tableId;
    private long startTimeUs;
    private long endTimeUs;
    private long intervalUs;
    private int maxGroups;
    private int[] groupBy = new int[4];
    private int groupByCount;
    private int[] metrics = new int[4];
    private int[] wanted = new int[4];
    private int metricCount;
    private final List<SketchWish> sketches = new ArrayList<>();
    private int[] cubeDimensions = new int[8];

    /** Starts over; the predicate is all rows until its owner fills it. */
    public void begin(final int newTableId, final long newStartTimeUs, final long newEndTimeUs, final long newIntervalUs,
        final int newMaxGroups) {
        tableId = newTableId;
        startTimeUs = newStartTimeUs;
        endTimeUs = newEndTimeUs;
        intervalUs = newIntervalUs;
        maxGroups = newMaxGroups;
        groupByCount = 0;
        metricCount = 0;
        sketches.clear();
        predicate.begin();
    }

    /** One more dimension to group by. */
    public void groupBy(final int dimension) {
        groupBy = groupByCount < groupBy.length ? groupBy : Arrays.copyOf(groupBy, groupByCount * 2);
        groupBy[groupByCount++] = dimension;
    }

    /** One more metric to aggregate: {@link BlockKernel#SUMS}, {@link BlockKernel#EXTREMES}, {@link BlockKernel#MOMENTS} or'ed. */
    public void metric(final int metric, final int newWanted) {
        if (metricCount == metrics.length) {
            metrics = Arrays.copyOf(metrics, metricCount * 2);
            wanted = Arrays.copyOf(wanted, metricCount * 2);
        }
        metrics[metricCount] = metric;
        wanted[metricCount] = newWanted;
        metricCount++;
    }

    /** One more sketch. */
    public void sketch(final SketchWish wish) {
        sketches.add(wish);
    }

    /** Sketches asked for. */
    public int sketchCount() {
        return sketches.size();
    }

    /** Which rows count. */
    public Predicate predicate() {
        return predicate;
    }

    /** Whether a scan can carry it out. */
    public boolean isSound() {
        for (int i = 0; i < sketches.size(); i++) {
            if (!sketches.get(i).isSound()) {
                return false;
            }
        }
        return startTimeUs <= endTimeUs && intervalUs >= 0 && maxGroups > 0;
    }

    /** Whether its answer is one row at most and needs no memory to speak of, as sketches do. */
    public boolean isOneGroup() {
        return groupByCount == 0 && intervalUs == 0 && sketches.isEmpty();
    }

    /** Whether the range begins where there is data still. */
    public boolean startsAtOrAfter(final long availableFromUs) {
        return startTimeUs >= availableFromUs;
    }

    /** Dimensions to group by. */
    public int groupByCount() {
        return groupByCount;
    }

    /** Metrics to aggregate. */
    public int metricCount() {
        return metricCount;
    }

    int tableId() {
        return tableId;
    }

    long startTimeUs() {
        return startTimeUs;
    }

    long endTimeUs() {
        return endTimeUs;
    }

    long intervalUs() {
        return intervalUs;
    }

    int maxGroups() {
        return maxGroups;
    }

    int groupByDimension(final int index) {
        return groupBy[index];
    }

    int metricOrdinal(final int index) {
        return metrics[index];
    }

    public int wanted(final int index) {
        return wanted[index];
    }

    List<SketchWish> sketches() {
        return sketches;
    }

    /** Gathers the dimensions that a cube must have to answer it, sorted; tells how many, -1 if the predicate asks for metrics. */
    int gatherCubeDimensions() {
        int count = 0;
        for (int i = 0; i < groupByCount; i++) {
            count = addCubeDimension(count, groupBy[i]);
        }
        for (int node = 0; node < predicate.nodeCount(); node++) {
            final PredicateKind kind = predicate.kind(node);
            if (kind == PredicateKind.COMPARE || kind == PredicateKind.METRIC_NULL) {
                return -1;
            }
            if (kind == PredicateKind.IN || kind == PredicateKind.CONTAINS) {
                count = addCubeDimension(count, predicate.column(node));
            }
        }
        Arrays.sort(cubeDimensions, 0, count);
        return count;
    }

    /** What was gathered. */
    int[] cubeDimensions() {
        return cubeDimensions;
    }

    private int addCubeDimension(final int count, final int dimension) {
        for (int i = 0; i < count; i++) {
            if (cubeDimensions[i] == dimension) {
                return count;
            }
        }
        cubeDimensions = count < cubeDimensions.length ? cubeDimensions : Arrays.copyOf(cubeDimensions, count * 2);
        cubeDimensions[count] = dimension;
        return count + 1;
    }
}
