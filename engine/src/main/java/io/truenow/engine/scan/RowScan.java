package io.truenow.engine.scan;

import io.truenow.engine.scan.group.GroupStates;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.kernel.SegmentGroups;
import io.truenow.engine.scan.predicate.SegmentPredicate;
import io.truenow.engine.scan.sketch.SketchTransfer;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.value.SegmentDictionary;

import java.util.Arrays;

/**
 * Answers ranges of one segment from its rows, a block at a step: groups are numbered by local codes, and at the end merged into the result
 * by lane codes, some at a step. Reused.
 */
final class RowScan {
    private static final int MERGED_PER_STEP = 1_024;
    private static final int NOTHING = 64;

    private final BlockKernel kernel;
    private final SegmentGroups groups = new SegmentGroups();
    private final GroupStates states;
    private final QuerySketches sketches;
    private final SketchTransfer transfer = new SketchTransfer();
    /** By group of the segment, the result's, -1 for none. */
    private int[] targets = new int[0];
    private final TimeRanges ranges = new TimeRanges();
    private int[] components = new int[4];
    private int[] laneCodes = new int[4];
    private ScanPlan plan;
    private SegmentPredicate predicate;
    private ShardCut cut;
    private Segment segment;
    private int segmentIndex;
    private int rangeIndex;
    private int blockIndex;
    private int nextGroup;
    /** The sketch that is being added to the result's; -1 while groups are. */
    private int nextSketch;
    private boolean over;
    private boolean stalled;
    private boolean tooManyGroups;
    private boolean sketchesTooLarge;
    private long firstBucket;
    private int bucketCount;
    private long rowsScanned;
    private long rowsMatched;

    RowScan(final ScanTools tools, final QuerySketches sketches) {
        this.sketches = sketches;
        this.kernel = tools.kernel();
        this.states = new GroupStates(tools.memory());
    }

    /** Starts a query. */
    void begin(final ScanPlan newPlan, final SegmentPredicate newPredicate) {
        plan = newPlan;
        predicate = newPredicate;
        rowsScanned = 0;
        rowsMatched = 0;
        tooManyGroups = false;
        sketchesTooLarge = false;
        stalled = false;
        if (components.length <= plan.groupByCount()) {
            components = new int[plan.groupByCount() + 1];
            laneCodes = new int[plan.groupByCount() + 1];
        }
    }

    /** Starts a segment without ranges. */
    void begin(final ShardCut newCut, final int newSegmentIndex) {
        cut = newCut;
        segmentIndex = newSegmentIndex;
        segment = cut.segment(segmentIndex);
        ranges.clear();
    }

    /** One more range of the segment. */
    void add(final int fromOffsetUs, final int toOffsetUs) {
        ranges.push(fromOffsetUs, toOffsetUs, null);
    }

    /** All ranges are told; false if there are none. */
    boolean ready() {
        if (ranges.isEmpty()) {
            return false;
        }
        int fromOffsetUs = Integer.MAX_VALUE;
        int toOffsetUs = 0;
        for (int i = 0; i < ranges.size(); i++) {
            fromOffsetUs = Math.min(fromOffsetUs, ranges.fromOffsetUs(i));
            toOffsetUs = Math.max(toOffsetUs, ranges.toOffsetUs(i));
        }
        groups.begin();
        final long intervalUs = plan.intervalUs();
        final long spanStartUs = segment.spanStartUs();
        firstBucket = intervalUs == 0 ? 0 : Math.floorDiv(spanStartUs + fromOffsetUs, intervalUs);
        bucketCount = intervalUs == 0 ? 1 : (int) (Math.floorDiv(spanStartUs + toOffsetUs - 1, intervalUs) - firstBucket + 1);
        groups.component(bucketCount);
        for (int i = 0; i < plan.groupByCount(); i++) {
            final SegmentDictionary dictionary = segment.dictionary(plan.groupByDimension(i));
            groups.component(dictionary == null ? 1 : dictionary.size() + 1);
        }
        groups.ready();
        states.begin(plan.metricCount());
        for (int i = 0; i < plan.metricCount(); i++) {
            states.want(i, plan.wanted(i));
        }
        for (int i = 0; i < sketches.count(); i++) {
            sketches.scanner(i).begin(segment, cut.blockCount(segmentIndex), groups.groupLimit());
        }
        rangeIndex = 0;
        blockIndex = 0;
        nextGroup = 0;
        nextSketch = -1;
        over = false;
        return true;
    }

    /** Does a piece of the work that costs about so many rows, or none for want of memory; tells its cost in rows. */
    int step(final ResultGroups result, final int rows) {
        stalled = false;
        if (rangeIndex == ranges.size()) {
            return nextSketch < 0 ? merge(result) : mergeSketch();
        }
        passOver();
        if (blockIndex == cut.blockCount(segmentIndex)) {
            blockIndex = 0;
            rangeIndex++;
            return NOTHING;
        }
        // as many groups as there are by now; where more come the run ends before their states move
        kernel.beginRun(states.rowsAddress());
        int cost = 0;
        do {
            cost += scanBlock(segment.block(blockIndex), cut.rowsInBlock(segmentIndex, blockIndex));
            if (!stalled) {
                blockIndex++;
                passOver();
            }
        } while (cost < rows && !stalled && !tooManyGroups && blockIndex < cut.blockCount(segmentIndex));
        kernel.endRun();
        return cost;
    }

    boolean isOver() {
        return over;
    }

    /** Whether the last step found no memory. */
    boolean isStalled() {
        return stalled;
    }

    boolean hasTooManyGroups() {
        return tooManyGroups;
    }

    /** Whether more was gathered for a sketch than any may hold. */
    boolean hasSketchesTooLarge() {
        return sketchesTooLarge;
    }

    long rowsScanned() {
        return rowsScanned;
    }

    long rowsMatched() {
        return rowsMatched;
    }

    void end() {
        states.end();
        cut = null;
        segment = null;
    }

    void close() {
        states.close();
    }

    /** Goes on to the next block with a row that the predicate may be true of. */
    private void passOver() {
        if (blockIndex < cut.blockCount(segmentIndex)) {
            final long row = segment.block(blockIndex).firstRow();
            final long next = predicate.nextRow(row);
            blockIndex = next == row ? blockIndex : cut.blockOf(segmentIndex, next, blockIndex);
        }
    }

    private int scanBlock(final Block block, final int rows) {
        final int fromOffsetUs = ranges.fromOffsetUs(rangeIndex);
        final int toOffsetUs = ranges.toOffsetUs(rangeIndex);
        if (rows == 0 || block.minOffsetUs() >= toOffsetUs || block.maxOffsetUs() < fromOffsetUs || predicate.isFalseIn(block)) {
            return 1;
        }
        final int limit = groups.isDense() ? groups.groupLimit() : groups.groupLimit() + rows;
        if (limit > states.size()) {
            kernel.endRun();
            stalled = !states.extend(limit);
            kernel.beginRun(states.rowsAddress());
            if (stalled) {
                return NOTHING;
            }
        }
        kernel.begin(block, 0, rows);
        kernel.selectTimes(fromOffsetUs, toOffsetUs);
        final int inRange = kernel.selectedCount();
        rowsScanned += block.isTimeSorted() ? inRange : rows;
        kernel.select(predicate);
        final int selected = kernel.selectedCount();
        rowsMatched += selected;
        if (selected > 0) {
            aggregate();
        }
        return NOTHING + (block.isTimeSorted() ? inRange : rows);
    }

    private void aggregate() {
        if (bucketCount > 1) {
            kernel.startKeys(segment.spanStartUs(), plan.intervalUs(), firstBucket);
        } else {
            kernel.startKeys();
        }
        for (int i = 0; i < plan.groupByCount(); i++) {
            kernel.enter(groups, i + 1);
            kernel.mixCodes(plan.groupByDimension(i), groups.radix(i + 1));
        }
        kernel.number(groups);
        if (!groups.isDense() && groups.groupLimit() > plan.maxGroups()) {
            tooManyGroups = true;
            return;
        }
        for (int i = 0; i < plan.metricCount(); i++) {
            kernel.aggregate(plan.metricOrdinal(i), states.metricAddress(i), plan.wanted(i));
        }
        // last: the first metric may have counted the rows on the way
        kernel.countRows(states.rowsAddress());
        for (int i = 0; i < sketches.count(); i++) {
            sketches.scanner(i).take(kernel);
        }
    }

    private int merge(final ResultGroups result) {
        // the states may have no room for groups if no block was looked at
        final int limit = Math.min(groups.groupLimit(), states.size());
        final int first = nextGroup;
        final int end = Math.min(first + MERGED_PER_STEP, limit);
        int merged = 0;
        if (sketches.count() > 0 && targets.length < limit) {
            targets = Arrays.copyOf(targets, limit + (limit >> 1));
        }
        for (int group = nextGroup; group < end; group++) {
            if (sketches.count() > 0) {
                targets[group] = -1;
            }
            if (states.rows(group) > 0) {
                groups.decode(group, components);
                for (int i = 0; i < plan.groupByCount(); i++) {
                    final int code = components[i + 1];
                    laneCodes[i] = code == 0 ? 0 : segment.dictionary(plan.groupByDimension(i)).laneCode(code);
                }
                final long bucketUs = plan.intervalUs() == 0 ? plan.startTimeUs() : (firstBucket + components[0]) * plan.intervalUs();
                final int target = result.groupOf(bucketUs, laneCodes);
                if (target < 0) {
                    nextGroup = group;
                    stalled = true;
                    return NOTHING;
                }
                result.states().merge(target, states, group);
                if (sketches.count() > 0) {
                    targets[group] = target;
                }
                merged++;
            }
        }
        nextGroup = end;
        tooManyGroups |= result.size() > plan.maxGroups();
        over = end == limit && sketches.count() == 0 || tooManyGroups;
        if (end == limit && !over) {
            nextSketch = 0;
            transfer.begin(sketches.scanner(0), sketches.result(0), targets, limit);
        }
        return merged * 16 + (end - first >> 3) + 1;
    }

    private int mergeSketch() {
        final int cost = transfer.step();
        if (transfer.hasFailed()) {
            sketchesTooLarge = true;
            over = true;
        } else if (transfer.isOver()) {
            nextSketch++;
            over = nextSketch == sketches.count();
            if (!over) {
                transfer.begin(sketches.scanner(nextSketch), sketches.result(nextSketch), targets, nextGroup);
            }
        }
        return cost;
    }
}
