package io.truenow.hottier.sketch;

import io.truenow.client.sketch.QuantileSketch;
import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.Segment;

/**
 * Counts of a metric's values by group and bucket; which way follows from the segment's zone maps. A counter a value for whole numbers of
 * a small range; else a counter for some neighbouring doubles; for many groups, a hash table. Every row is
 * counted: reading a row costs more than its counter.
 */
final class QuantileScan extends SegmentSketch {
    private enum Way { EVEN, PLACES, HASHED }

    private final int metric;
    private final QuantileCells cells;
    private final EvenCounters even = new EvenCounters();
    private final PlaceCounters places = new PlaceCounters();
    private final HashedCounters hashed = new HashedCounters();
    private Way way;
    private double min;
    private double max;

    QuantileScan(final int metric, final int parameter) {
        this.metric = metric;
        this.cells = new QuantileCells(parameter);
    }

    @Override
    public void begin(final Segment segment, final int blockCount, final int groupLimit) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        boolean isInteger = true;
        for (int i = 0; i < blockCount; i++) {
            final Block block = segment.block(i);
            if (metric < block.metricCount()) {
                least = Math.min(least, block.minMetric(metric));
                greatest = Math.max(greatest, block.maxMetric(metric));
                isInteger &= block.isInteger(metric);
            }
        }
        begin(least, greatest, isInteger, groupLimit);
    }

    /** Values lie between those; with least above greatest there are none. */
    void begin(final double least, final double greatest, final boolean isInteger, final int groupLimit) {
        min = least;
        max = greatest;
        if (least > greatest) {
            way = Way.EVEN;
            even.begin(0, 1, groupLimit);
        } else if (isInteger && (greatest - least + 1) * Math.max(1, groupLimit) <= EvenCounters.MAX_COUNTERS) {
            way = Way.EVEN;
            even.begin(least, (int) (greatest - least) + 1, groupLimit);
        } else if (groupLimit <= PlaceCounters.MAX_GROUPS) {
            way = Way.PLACES;
            places.begin(least, greatest, isInteger, groupLimit);
        } else {
            way = Way.HASHED;
            hashed.begin(least);
        }
    }

    @Override
    public void take(final SelectedRows rows) {
        if (rows.selectedCount() == 0 || min > max) {
            return;
        }
        final int count = rows.values(metric);
        take(rows.valueGroups(), rows.values(), count, rows.groupLimit());
    }

    void take(final int[] groups, final double[] values, final int count, final int groupLimit) {
        if (way == Way.EVEN && !even.extend(groupLimit)) {
            hashed.begin(min);
            even.drainTo(hashed);
            way = Way.HASHED;
        } else if (way == Way.PLACES && !places.extend(groupLimit)) {
            hashed.begin(min);
            places.drainTo(hashed);
            way = Way.HASHED;
        }
        switch (way) {
            case EVEN -> even.take(groups, values, count);
            case PLACES -> places.take(groups, values, count);
            default -> hashed.take(groups, values, count);
        }
    }

    @Override
    public SketchCells end() {
        cells.clear();
        switch (way) {
            case EVEN -> even.drainTo(cells);
            case PLACES -> places.drainTo(cells, min, max);
            default -> hashed.drainTo(cells, min, max);
        }
        return cells;
    }

    /** The sketch's limits of a bucket of values that lie between min and max. */
    static void beginBuckets(final QuantileSketch sketch, final int size, final BucketShape shape, final long first, final long last) {
        sketch.beginBuckets(size, shape.shift(), shape.isBlurred(), shape.least(first), shape.greatest(last));
    }
}
