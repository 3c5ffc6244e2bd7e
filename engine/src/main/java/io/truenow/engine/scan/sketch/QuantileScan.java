package io.truenow.engine.scan.sketch;

import io.truenow.engine.scan.kernel.SelectedRows;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.format.sketch.QuantileSketch;

/**
 * Counts of a metric's values by group and bucket; which way follows from the segment's zone maps. A counter a value for whole numbers of
 * a small range; else a counter for some neighbouring doubles; for many groups, a hash table. Every row is
 * counted: reading a row costs more than its counter.
 */
final class QuantileScan extends SegmentSketch {
    /** Groups that are made sketches of before they are added to others, so that few are held twice. */
    static final int MAX_SLICE_GROUPS = 256;

    private enum Way { EVEN, PLACES, HASHED }

    private final int metric;
    private final QuantileCells cells;
    private final EvenCounters even = new EvenCounters();
    private final PlaceCounters places = new PlaceCounters();
    private final HashedCounters hashed = new HashedCounters();
    private Way way;
    private double min;
    private double max;
    /** Where the next slice begins, -1 if there is none; and where the last one did. */
    private int group = -1;
    private int firstGroup;

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
        } else if (way == Way.PLACES && (places.isFull() || !places.extend(groupLimit))) {
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
    void end() {
        group = 0;
        if (way == Way.HASHED) {
            hashed.end();
        }
    }

    @Override
    SketchCells next() {
        if (group < 0) {
            return null;
        }
        cells.clear();
        firstGroup = group;
        switch (way) {
            case EVEN -> group = even.drainSlice(group, cells);
            case PLACES -> group = places.drainSlice(group, cells, min, max);
            default -> {
                group = hashed.drainSlice(cells, min, max) ? 0 : -1;
                firstGroup = hashed.firstGroup();
            }
        }
        return way == Way.HASHED && group < 0 ? null : cells;
    }

    @Override
    int firstGroup() {
        return firstGroup;
    }

    @Override
    public long heapBytes() {
        return cells.byteSize() + even.heapBytes() + places.heapBytes() + hashed.heapBytes();
    }

    /** The sketch's limits of a bucket of values that lie between min and max. */
    static void beginBuckets(final QuantileSketch sketch, final int size, final BucketShape shape, final long first, final long last) {
        sketch.beginBuckets(size, shape.shift(), shape.isBlurred(), shape.least(first), shape.greatest(last));
    }
}
