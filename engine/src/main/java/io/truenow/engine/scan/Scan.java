package io.truenow.engine.scan;

import io.truenow.engine.scan.cube.CubeDemand;
import io.truenow.engine.scan.cube.CubeFold;
import io.truenow.engine.scan.cube.CubeLevel;
import io.truenow.engine.scan.cube.CubeReading;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.cube.CubeWants;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.predicate.SegmentPredicate;
import io.truenow.engine.scan.sketch.SketchTransfer;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.shard.Spans;
import io.truenow.format.sketch.Sketch;

import java.util.Arrays;

/**
 * One query's way through its cuts, in small steps. Each segment's part of the range is divided: what whole buckets of a cube cover is
 * read from the cube, after what the cube lacks is folded; the edges go to the next finer level or to rows. Reused.
 */
public final class Scan {
    /** Costs in rows: to begin a segment, to take hold of a cube, to read a cell. */
    private static final int SEGMENT_COST = 64;
    private static final int CELL_COST = 4;
    private static final int STALLED_COST = 1 << 16;

    private enum Phase { SEGMENT, HOUR, RESOLVE, RANGE, FOLD, READ, SKETCHES, ROWS, PREPARE, OVER }

    private final ScanTools tools;
    private final ResultGroups result;
    private final QuerySketches sketches;
    private final RowScan rowScan;
    private final CubeFold fold;
    private final CubeReading reading;
    private final HourScan hours;
    private final SketchTransfer transfer = new SketchTransfer();
    private final CubeWants wants = new CubeWants();
    /** By level: null until the query uses one. */
    private final CubeDemand[] demands = new CubeDemand[CubeLevel.values().length];
    private final SegmentPredicate predicate = new SegmentPredicate();
    private final SegmentOrder order = new SegmentOrder();
    private final TimeRanges ranges = new TimeRanges();
    private final RangeDivision division;

    private ScanPlan plan;
    private ShardCut[] cuts;
    private Phase phase = Phase.OVER;
    private int next;
    /** Segments before it are answered one by one. */
    private int singleEnd;
    private ShardCut cut;
    private int segmentIndex;
    private Segment segment;
    private boolean segmentHit;
    private boolean usesCubes;
    private boolean tooManyGroups;
    private boolean sketchesTooLarge;
    private boolean stalled;
    private int nextSketch;
    private long beginNs;
    private long rowsFolded;
    private long rowsRead;
    private long cubeHits;

    /** A scan that shares its tools with others of the same thread. */
    public Scan(final ScanTools tools) {
        this.tools = tools;
        this.result = new ResultGroups(tools.memory());
        this.division = new RangeDivision(tools.cubes());
        this.sketches = new QuerySketches(tools.values(), tools.memory().heap());
        this.rowScan = new RowScan(tools, sketches);
        this.fold = new CubeFold(tools.cubes(), tools.kernel());
        this.reading = new CubeReading(fold);
        this.hours = new HourScan(tools, fold, reading, sketches);
    }

    /** Begins a query over the first of these cuts, whose segments stay acquired until {@link #end}. */
    public void begin(final ScanPlan newPlan, final ShardCut[] newCuts, final int newCutCount, final long nowNs) {
        plan = newPlan;
        cuts = newCuts;
        beginNs = nowNs;
        next = 0;
        singleEnd = 0;
        tooManyGroups = false;
        sketchesTooLarge = false;
        stalled = false;
        rowsFolded = 0;
        rowsRead = 0;
        cubeHits = 0;
        result.begin(plan.groupByCount(), plan.metricCount());
        for (int i = 0; i < plan.metricCount(); i++) {
            result.states().want(i, plan.wanted(i));
        }
        sketches.begin(plan.sketches());
        rowScan.begin(plan, predicate);
        beginCubes(nowNs);
        reading.beginQuery();
        hours.begin(plan, wants);
        order.begin(cuts, newCutCount, plan.startTimeUs(), plan.endTimeUs());
        phase = order.count() == 0 ? Phase.OVER : Phase.SEGMENT;
    }

    /** Does one piece, as small as there are. True when all is scanned, or the query cannot be answered. */
    public boolean step() {
        if (phase != Phase.OVER) {
            advance(1);
        }
        return phase == Phase.OVER;
    }

    /** Does pieces that cost about so many rows. True when all is scanned, or the query cannot be answered. */
    public boolean run(final int rows) {
        int left = rows;
        while (phase != Phase.OVER && left > 0) {
            left -= advance(left);
        }
        return phase == Phase.OVER;
    }

    /** Whether the last step found no memory for groups; a later one may. */
    public boolean isStalled() {
        return stalled;
    }

    /** Whether the last step waited for others to give back what their sketches hold on the heap. */
    public boolean isShortOfHeap() {
        return phase != Phase.OVER && sketches.count() > 0 && sketches.isShort();
    }

    /** Whether the query ended for sketches that need more memory than any query may have. */
    public boolean hasTooLargeSketches() {
        return sketchesTooLarge;
    }

    /** Most bytes that a query's sketches may hold. */
    public long sketchLimitBytes() {
        return sketches.limitBytes();
    }

    /** Whether the query ended for having more groups than it allowed. */
    public boolean hasTooManyGroups() {
        return tooManyGroups;
    }

    /** Rows looked at, those folded with them. */
    public long rowsScanned() {
        return rowScan.rowsScanned() + rowsFolded;
    }

    /** Rows in the range that pass the filters. */
    public long rowsMatched() {
        return rowScan.rowsMatched() + rowsRead;
    }

    /** Rows folded into cubes. */
    public long rowsFolded() {
        return rowsFolded;
    }

    /** Segments answered from cubes, but for edges. */
    public long cubeHits() {
        return cubeHits;
    }

    /** The answer, until the end. */
    public ResultGroups result() {
        return result;
    }

    /** A sketch of a group of the answer; valid until the next call. */
    public Sketch sketch(final int index, final int group) {
        return sketches.result(index).sketch(group);
    }

    /** The answer is sent, or there will be none: lets cubes and memory go. */
    public void end() {
        fold.release();
        hours.end();
        if (wants.key() != null) {
            tools.cubes().onOver(wants.key());
            wants.begin(null, false);
        }
        rowScan.end();
        result.end();
        sketches.end();
        order.clear();
        division.end();
        phase = Phase.OVER;
        cuts = null;
        cut = null;
        segment = null;
    }

    /** Gives all memory back. */
    public void close() {
        end();
        sketches.forget();
        rowScan.close();
        result.close();
    }

    private void beginCubes(final long nowNs) {
        Arrays.fill(demands, null);
        final int dimensions = plan.gatherCubeDimensions();
        wants.begin(
            dimensions < 0 ? null : tools.cubes().ask(plan.tableId(), plan.cubeDimensions(), dimensions, nowNs),
            plan.predicate().nodeCount() > 0);
        if (wants.key() != null) {
            for (int i = 0; i < plan.groupByCount(); i++) {
                wants.groupBy(plan.groupByDimension(i));
            }
            for (int i = 0; i < plan.metricCount(); i++) {
                wants.metric(plan.metricOrdinal(i), plan.wanted(i));
            }
            for (int i = 0; i < sketches.count(); i++) {
                wants.sketch(sketches.wish(i), sketches.scanner(i));
            }
        }
    }

    private int advance(final int rows) {
        stalled = false;
        if (sketches.count() == 0) {
            return doNext(rows);
        }
        if (sketches.isTooLarge()) {
            return endForSketches();
        }
        if (sketches.isShort()) {
            stalled = true;
            return STALLED_COST;
        }
        // their room is looked at after each block
        final int cost = doNext(1);
        sketches.account();
        return cost;
    }

    private int doNext(final int rows) {
        return switch (phase) {
            case SEGMENT -> beginSegment();
            case HOUR -> answerHour();
            case RESOLVE -> resolve();
            case RANGE -> beginRange();
            case FOLD -> foldRows(rows);
            case READ -> readCells();
            case SKETCHES -> mergeSketch();
            case ROWS -> scanRows(rows);
            case PREPARE -> prepareSketches();
            case OVER -> 0;
        };
    }

    private int beginSegment() {
        if (next == order.count()) {
            phase = Phase.PREPARE;
            return 0;
        }
        if (next >= singleEnd && wants.key() != null && plan.predicate().nodeCount() == 0) {
            singleEnd = next;
            final boolean atOnce = hours.begin(cuts, order, next);
            singleEnd = next + hours.count();
            if (atOnce) {
                phase = Phase.HOUR;
                return SEGMENT_COST;
            }
        }
        cut = cuts[order.cutIndex(next)];
        segmentIndex = order.segmentIndex(next);
        segment = cut.segment(segmentIndex);
        next++;
        predicate.begin(plan.predicate(), segment, cut.rowCount(segmentIndex), tools.leaves());
        phase = Phase.RESOLVE;
        return SEGMENT_COST;
    }

    private int answerHour() {
        final int cost = hours.step(result);
        stalled = hours.isStalled();
        if (hours.hasSketchesTooLarge()) {
            return endForSketches();
        }
        if (hours.isOver()) {
            phase = Phase.SEGMENT;
            if (!hours.hasFailed()) {
                onHits(singleEnd - next);
                rowsRead += hours.rowsRead();
                for (; next < singleEnd; next++) {
                    onUsed(CubeLevel.SPAN, cuts[order.cutIndex(next)].segment(order.segmentIndex(next)));
                }
            }
        }
        checkGroups();
        return stalled ? STALLED_COST : cost;
    }

    private int resolve() {
        final int cost = predicate.step();
        if (!predicate.isResolved()) {
            return cost;
        }
        if (predicate.isAlwaysFalse()) {
            phase = Phase.SEGMENT;
            return cost;
        }
        segmentHit = false;
        usesCubes = wants.key() != null && !areRowsCheaper()
            && predicate.bindTuples(wants.key().dimensions(), wants.key().dimensionCount());
        rowScan.begin(cut, segmentIndex);
        ranges.clear();
        division.begin(plan, wants, sketches.count() > 0, cut, segmentIndex);
        final int fromUs = division.offsetUs(plan.startTimeUs());
        final int toUs = division.offsetUs(plan.endTimeUs());
        if (usesCubes) {
            ranges.push(division.widenedFrom(fromUs), division.widenedTo(toUs), CubeLevel.SPAN);
        } else {
            ranges.push(fromUs, toUs, null);
        }
        phase = Phase.RANGE;
        return cost;
    }

    private int beginRange() {
        if (ranges.isEmpty()) {
            phase = rowScan.ready() ? Phase.ROWS : Phase.SEGMENT;
            return 1;
        }
        ranges.pop();
        final int fromUs = ranges.fromOffsetUs();
        final int toUs = ranges.toOffsetUs();
        final CubeLevel level = ranges.level();
        if (level == null) {
            rowScan.add(fromUs, toUs);
        } else if (!division.divide(fromUs, toUs, level) || !hold(level)) {
            ranges.push(fromUs, toUs, division.finer(fromUs, toUs, level));
        } else {
            ranges.push(fromUs, division.innerFromUs(), division.finer(fromUs, division.innerFromUs(), level));
            ranges.push(division.innerToUs(), toUs, division.finer(division.innerToUs(), toUs, level));
            phase = Phase.FOLD;
        }
        return SEGMENT_COST;
    }

    private boolean hold(final CubeLevel level) {
        // rows come about evenly over the span
        final boolean isCostly = level != CubeLevel.SPAN && division.innerToUs() - division.innerFromUs() < Spans.SPAN_US / 2;
        final boolean isHeld = fold.hold(wants, level, cut, segmentIndex, isCostly);
        if (isHeld) {
            onUsed(level, segment);
        }
        return isHeld;
    }

    /** Whether so few rows are known to match that a cube of the segment has too many cells to read. */
    private boolean areRowsCheaper() {
        return predicate.knownRowsCost() < CubeStore.cells(segment, wants.key()) * CELL_COST;
    }

    private void onUsed(final CubeLevel level, final Segment used) {
        if (tools.cubes().foldPercent() > 0) {
            final int at = level.ordinal();
            demands[at] = demands[at] == null ? tools.cubes().demands().onAsked(wants, level, beginNs) : demands[at];
            demands[at].onUsed(used.spanStartUs());
        }
    }

    private void onHits(final int segments) {
        cubeHits += segments;
        tools.cubes().onHits(segments);
    }

    private int foldRows(final int rows) {
        if (!fold.isOver()) {
            rowsFolded += fold.step(rows);
            return fold.hasFailed() ? endForSketches() : SEGMENT_COST + fold.stepCost();
        }
        final int bucketUs = fold.level().bucketUs();
        final int fromUs = division.innerFromUs() / bucketUs * bucketUs;
        final int toUs = (division.innerToUs() + bucketUs - 1) / bucketUs * bucketUs;
        if (!reading.begin(fromUs, toUs, plan.intervalUs(), plan.startTimeUs(), predicate)) {
            stalled = true;
            return STALLED_COST;
        }
        if (!segmentHit) {
            segmentHit = true;
            onHits(1);
        }
        phase = Phase.READ;
        return 1;
    }

    private int readCells() {
        final int cost = reading.stepCells() * CELL_COST;
        final CubeReading.Step step = reading.step(result);
        if (step == CubeReading.Step.NO_MEMORY) {
            stalled = true;
            return STALLED_COST;
        }
        if (step == CubeReading.Step.OVER) {
            rowsRead += reading.rowsRead();
            nextSketch = -1;
            beginNextSketch();
        }
        checkGroups();
        return cost;
    }

    private void beginNextSketch() {
        nextSketch++;
        if (nextSketch == sketches.count()) {
            fold.release();
            phase = Phase.RANGE;
        } else {
            transfer.begin(reading.sketch(nextSketch), sketches.result(nextSketch), reading.targets(), reading.targetCount());
            phase = Phase.SKETCHES;
        }
    }

    private int mergeSketch() {
        final int cost = transfer.step();
        if (transfer.hasFailed()) {
            return endForSketches();
        }
        if (transfer.isOver()) {
            beginNextSketch();
        }
        return cost;
    }

    private int prepareSketches() {
        final int cost = sketches.prepare();
        phase = cost == 0 ? Phase.OVER : phase;
        return cost;
    }

    private int endForSketches() {
        sketchesTooLarge = true;
        phase = Phase.OVER;
        return SEGMENT_COST;
    }

    private int scanRows(final int rows) {
        final int cost = rowScan.step(result, rows);
        if (rowScan.isStalled()) {
            stalled = true;
            return STALLED_COST;
        }
        if (rowScan.isOver()) {
            phase = Phase.SEGMENT;
        }
        if (rowScan.hasTooManyGroups()) {
            tooManyGroups = true;
            phase = Phase.OVER;
        } else if (rowScan.hasSketchesTooLarge()) {
            return endForSketches();
        }
        return cost;
    }

    private void checkGroups() {
        tooManyGroups |= result.size() > plan.maxGroups();
        phase = tooManyGroups ? Phase.OVER : phase;
    }
}
