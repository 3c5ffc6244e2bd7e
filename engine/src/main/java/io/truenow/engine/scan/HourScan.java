package io.truenow.engine.scan;

import io.truenow.engine.scan.cube.CubeFold;
import io.truenow.engine.scan.cube.CubeLevel;
import io.truenow.engine.scan.cube.CubeReading;
import io.truenow.engine.scan.cube.CubeWants;
import io.truenow.engine.scan.cube.HourCube;
import io.truenow.engine.scan.cube.HourCubes;
import io.truenow.engine.scan.cube.SegmentRun;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.engine.scan.sketch.SketchTransfer;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.shard.Spans;

import java.util.Arrays;

/**
 * Answers all closed segments of an hour at once, of queries without a predicate: from an {@link HourCube}, which it makes, if need be and
 * if it may, from the segments' cubes. Either all of them are answered or, where that fails, none. Reused.
 */
final class HourScan {
    private static final long HOUR_US = 3_600_000_000L;
    private static final int CHUNK_GROUPS = 1_024;
    /** Costs in rows: to begin, and to merge a group. */
    private static final int BEGIN_COST = 64;
    private static final int GROUP_COST = 8;

    private enum Phase { HOLD, READ, GATHER, COMPLETE, GROUPS, SKETCHES, OVER }

    private final HourCubes cubes;
    private final CubeFold fold;
    private final CubeReading reading;
    private final QuerySketches sketches;
    private final SegmentRun run = new SegmentRun();
    private final SketchTransfer transfer = new SketchTransfer();
    private ScanPlan plan;
    private CubeWants wants;
    private ShardCut cut;
    private SegmentOrder order;
    private int first;
    private long bucketUs;
    private Phase phase = Phase.OVER;
    private HourCube cube;
    /** Segments of the run whose cubes were added, groups that were merged, and the sketch under way. */
    private int added;
    private int merged;
    private int sketch;
    private boolean failed;
    private boolean sketchesTooLarge;
    private boolean stalled;
    private long rowsRead;
    /** By group of the cube, the result's. */
    private int[] targets = new int[64];
    private int[] laneCodes = new int[4];

    HourScan(final ScanTools tools, final CubeFold fold, final CubeReading reading, final QuerySketches sketches) {
        this.cubes = tools.cubes().hours();
        this.fold = fold;
        this.reading = reading;
        this.sketches = sketches;
    }

    /** Starts a query. */
    void begin(final ScanPlan newPlan, final CubeWants newWants) {
        plan = newPlan;
        wants = newWants;
        if (laneCodes.length < plan.groupByCount()) {
            laneCodes = new int[plan.groupByCount()];
        }
    }

    /**
     * Looks for segments, from one in a query's order on, to answer at once; {@link #count} tells how many they are.
     *
     * @return false if they are to be answered one by one.
     */
    boolean begin(final ShardCut[] cuts, final SegmentOrder newOrder, final int newFirst) {
        order = newOrder;
        first = newFirst;
        cut = cuts[order.cutIndex(first)];
        gather();
        if (run.count() < 2) {
            return false;
        }
        cube = cubes.hold(wants, run);
        phase = Phase.GROUPS;
        if (cube == null) {
            cube = cubes.begin(wants, run);
            phase = Phase.HOLD;
        }
        added = 0;
        merged = 0;
        rowsRead = 0;
        failed = false;
        sketchesTooLarge = false;
        return cube != null;
    }

    /** Segments that are answered at once, or would be. */
    int count() {
        return Math.max(1, run.count());
    }

    /** Does a piece of the work and tells its cost in rows. */
    int step(final ResultGroups result) {
        stalled = false;
        return switch (phase) {
            case HOLD -> hold();
            case READ -> read();
            case GATHER -> gatherSketch();
            case COMPLETE -> complete();
            case GROUPS -> mergeGroups(result);
            case SKETCHES -> mergeSketch();
            case OVER -> 0;
        };
    }

    /** Whether all is answered, or it has failed. */
    boolean isOver() {
        return phase == Phase.OVER;
    }

    /** Whether nothing was answered: to be done one by one. */
    boolean hasFailed() {
        return failed;
    }

    /** Whether sketches of the answer became too large. */
    boolean hasSketchesTooLarge() {
        return sketchesTooLarge;
    }

    /** Whether the last step found no memory for groups of the answer. */
    boolean isStalled() {
        return stalled;
    }

    /** Rows that were answered. */
    long rowsRead() {
        return rowsRead;
    }

    /** The query is over, or what was begun is. */
    void end() {
        if (cube != null) {
            cubes.release(cube);
            cube = null;
        }
        run.clear();
        cut = null;
        phase = Phase.OVER;
    }

    /** Segments of the same cut, hour and bucket, all of whose rows are in the range and to which none will come. */
    private void gather() {
        run.clear();
        long hour = 0;
        for (int at = first; at < order.count() && order.cutIndex(at) == order.cutIndex(first); at++) {
            final int index = order.segmentIndex(at);
            final Segment segment = cut.segment(index);
            final long startUs = segment.spanStartUs();
            final long endUs = startUs + Spans.SPAN_US;
            if (segment.isOpen() || startUs < plan.startTimeUs() || endUs > plan.endTimeUs()
                || run.count() > 0 && Math.floorDiv(startUs, HOUR_US) != hour
                || run.count() > 0 && bucketOf(startUs) != bucketUs || bucketOf(startUs) != bucketOf(endUs - 1)) {
                return;
            }
            hour = Math.floorDiv(startUs, HOUR_US);
            bucketUs = bucketOf(startUs);
            run.add(segment, cut.rowCount(index));
        }
    }

    private long bucketOf(final long timeUs) {
        final long intervalUs = plan.intervalUs();
        return intervalUs == 0 ? plan.startTimeUs() : Math.floorDiv(timeUs, intervalUs) * intervalUs;
    }

    /** The next segment's cube is still as complete as it was, or nothing comes of it. */
    private int hold() {
        if (!fold.hold(wants, CubeLevel.SPAN, cut, order.segmentIndex(first + added), true) || !fold.isOver()) {
            return fail();
        }
        if (added == 0) {
            reading.forgetGroups();
        }
        if (!reading.begin(0, Spans.SPAN_US, 0, 0, null)) {
            return fail();
        }
        phase = Phase.READ;
        return BEGIN_COST;
    }

    private int read() {
        final int cost = reading.stepCells() * GROUP_COST;
        final CubeReading.Step step = reading.step(cube.groups());
        if (step == CubeReading.Step.NO_MEMORY) {
            return fail();
        }
        if (step == CubeReading.Step.OVER) {
            sketch = -1;
            nextToGather();
        }
        return cost;
    }

    private void nextToGather() {
        sketch++;
        while (sketch < sketches.count() && isGathered(sketch)) {
            sketch++;
        }
        if (sketch < sketches.count()) {
            transfer.begin(reading.sketch(sketch), cube.sketch(sketches.wish(sketch)), reading.targets(), reading.targetCount());
            phase = Phase.GATHER;
        } else {
            fold.release();
            added++;
            phase = added == run.count() ? Phase.COMPLETE : Phase.HOLD;
        }
    }

    /** Whether the cells of a wish are those of one before, as those of longer and shorter lists of the same dimension are. */
    private boolean isGathered(final int index) {
        for (int i = 0; i < index; i++) {
            if (sketches.wish(i).hasSameCells(sketches.wish(index))) {
                return true;
            }
        }
        return false;
    }

    private int gatherSketch() {
        final int cost = transfer.step();
        if (transfer.hasFailed()) {
            fail();
        } else if (transfer.isOver()) {
            nextToGather();
        }
        return cost;
    }

    private int complete() {
        reading.forgetGroups();
        cubes.complete(cube, run);
        phase = Phase.GROUPS;
        return BEGIN_COST;
    }

    private int fail() {
        fold.release();
        reading.forgetGroups();
        end();
        failed = true;
        return BEGIN_COST;
    }

    private int mergeGroups(final ResultGroups result) {
        final ResultGroups groups = cube.groups();
        if (targets.length < groups.size()) {
            targets = Arrays.copyOf(targets, groups.size() + (groups.size() >> 1));
        }
        final int from = merged;
        int to = Math.min(groups.size(), from + CHUNK_GROUPS);
        for (int group = from; group < to; group++) {
            for (int i = 0; i < plan.groupByCount(); i++) {
                laneCodes[i] = groups.laneCode(group, i);
            }
            targets[group] = result.groupOf(bucketUs, laneCodes);
            if (targets[group] < 0) {
                stalled = true;
                to = group;
            }
        }
        for (int group = from; group < to; group++) {
            result.states().add(targets[group], groups.rows(group));
            rowsRead += groups.rows(group);
        }
        for (int i = 0; i < plan.metricCount(); i++) {
            final int metric = cube.metric(plan.metricOrdinal(i), plan.wanted(i));
            final long targetsAt = result.states().metricAddress(i);
            final long recordsAt = groups.states().metricAddress(metric);
            for (int group = from; group < to; group++) {
                MetricState.merge(
                    targetsAt + (long) targets[group] * MetricState.BYTES, recordsAt + (long) group * MetricState.BYTES, plan.wanted(i));
            }
        }
        merged = to;
        if (merged == groups.size()) {
            sketch = -1;
            nextToMerge();
        }
        return (to - from) * GROUP_COST + 1;
    }

    private void nextToMerge() {
        sketch++;
        if (sketch < sketches.count()) {
            transfer.begin(cube.sketch(sketches.wish(sketch)), sketches.result(sketch), targets, cube.groups().size());
            phase = Phase.SKETCHES;
        } else {
            end();
        }
    }

    private int mergeSketch() {
        final int cost = transfer.step();
        if (transfer.hasFailed()) {
            sketchesTooLarge = true;
            end();
        } else if (transfer.isOver()) {
            nextToMerge();
        }
        return cost;
    }
}
