package io.truenow.hottier.query;

import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.cube.CubeDemand;
import io.truenow.engine.scan.cube.CubeDemands;
import io.truenow.engine.scan.cube.CubeFold;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.cube.CubeWants;
import io.truenow.engine.scan.sketch.SegmentSketch;
import io.truenow.engine.store.memory.HeapUse;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.hottier.lane.LaneExchange;
import org.agrona.concurrent.NanoClock;

import java.util.List;

/**
 * Folds, while no query is to be moved on, what cubes that were used lately lack of rows that came since, and makes those of new segments:
 * a block at a step, within a share of the query agent's time. It holds one segment and its cube from step to step and lets both go as
 * soon as a query comes, which may have another cut. Belongs to the query agent.
 */
final class BackgroundFold {
    /** From one look over all segments to the next. */
    private static final long PASS_NS = 50_000_000L;
    /** Looks at cubes in a step, about some microseconds; a cut costs as much as several. */
    private static final int LOOKS_PER_STEP = 256;
    private static final int CUT_LOOKS = 32;
    /** Of what gathers sketches, from segment to segment. */
    private static final long KEPT_BYTES = 2 << 20;

    private final CubeStore cubes;
    private final ScanTools tools;
    private final LaneExchange exchange;
    private final NanoClock nanoClock;
    private final TimeShare share;
    private final CubeFold fold;
    private final CubeWants wants = new CubeWants();
    private final HeapUse heap;
    private final ShardCut cut = new ShardCut();
    /** Of the demand whose sketches were gathered last. */
    private List<SegmentSketch> scanners = List.of();
    private CubeDemand scannersOf;
    private CubeDemand demand;
    private Segment segment;
    private boolean isResting;
    private long passNs;
    private int shardAt;
    /** Counted from the shard's last segment, so that the newest come first. */
    private int segmentAt;
    private int demandAt;

    BackgroundFold(final ScanTools tools, final LaneExchange exchange, final NanoClock nanoClock) {
        this.cubes = tools.cubes();
        this.tools = tools;
        this.exchange = exchange;
        this.nanoClock = nanoClock;
        this.share = new TimeShare(cubes.foldPercent());
        this.fold = new CubeFold(cubes, tools.kernel());
        this.heap = new HeapUse(tools.memory().heap());
    }

    /** Folds rows of a block at most, or looks for some; returns how many were folded. */
    int step() {
        if (cubes.foldPercent() == 0 || cubes.demands().count() == 0) {
            return 0;
        }
        final long beginNs = nanoClock.nanoTime();
        if (segment == null && isResting && beginNs - passNs < PASS_NS || !share.isLeft(beginNs)) {
            return 0;
        }
        if (tools.pressure().getAsBoolean() || heap.isRoomExceeded()) {
            letGo();
            return 0;
        }
        final int folded = segment != null || find(beginNs) ? foldBlock() : 0;
        share.spend(beginNs, nanoClock.nanoTime());
        return folded;
    }

    /** A query is to be moved on, or the segment has left its shard: holds nothing any more. What was folded stays. */
    void letGo() {
        if (segment != null) {
            fold.release();
            releaseSegment();
        }
    }

    /** Gives all memory back. */
    void close() {
        letGo();
        forgetScanners();
    }

    private int foldBlock() {
        final int folded = fold.step(1);
        if (fold.hasFailed()) {
            demand.onSketchesFailed();
        }
        if (folded > 0) {
            cubes.onFoldedInBackground(folded);
        }
        account();
        if (fold.hasFailed() || fold.isOver()) {
            letGo();
        }
        return Math.max(1, folded);
    }

    /** Looks for a cube that lacks rows; true if it is held then. */
    private boolean find(final long nowNs) {
        final List<ShardStore> shards = exchange.shardList();
        if (isResting) {
            isResting = false;
            passNs = nowNs;
        }
        int left = LOOKS_PER_STEP;
        while (left > 0 && shardAt < shards.size()) {
            final ShardStore shard = shards.get(shardAt);
            left--;
            // of a shard that is being published this pass sees nothing
            if (!cubes.demands().isPopular(shard.tableId(), nowNs) || !cut.take(shard)) {
                nextShard();
            } else {
                left -= CUT_LOOKS;
                left = lookThrough(shard.tableId(), nowNs, left);
                if (segment != null) {
                    return true;
                }
            }
        }
        cut.clear();
        if (shardAt >= shards.size()) {
            shardAt = 0;
            isResting = true;
        }
        return false;
    }

    /** Looks at cubes of the cut from where it was; returns how many looks are left. */
    private int lookThrough(final int tableId, final long nowNs, final int looks) {
        final CubeDemands demands = cubes.demands();
        int left = looks;
        while (segmentAt < cut.segmentCount()) {
            final int index = cut.segmentCount() - 1 - segmentAt;
            while (demandAt < demands.count()) {
                if (left <= 0) {
                    return 0;
                }
                left--;
                final CubeDemand asked = demands.get(demandAt++);
                if (asked.tableId() == tableId && asked.isPopular(nowNs) && hold(asked, index)) {
                    return left;
                }
            }
            demandAt = 0;
            segmentAt++;
        }
        nextShard();
        return left;
    }

    private boolean hold(final CubeDemand asked, final int index) {
        final Segment candidate = cut.segment(index);
        final long rows = cut.rowCount(index);
        if (rows == 0 || !asked.isUsedIn(candidate.spanStartUs()) || asked.lacks(cubes, candidate, rows) == 0) {
            return false;
        }
        demand = asked;
        segment = candidate;
        segment.acquire();
        if (scannersOf != asked) {
            scanners = asked.scanners();
            scannersOf = asked;
        }
        asked.want(wants, cubes, candidate, rows, scanners);
        // others are not to go for what nobody has asked for yet
        cubes.evicts(!asked.needsRoom(cubes, candidate));
        final boolean isHeld = fold.hold(wants, asked.level(), cut, index, false);
        cubes.evicts(true);
        if (!isHeld) {
            releaseSegment();
        }
        return isHeld;
    }

    private void account() {
        long bytes = 0;
        for (int i = 0; i < scanners.size(); i++) {
            bytes += scanners.get(i).heapBytes();
        }
        heap.hold(bytes);
    }

    private void releaseSegment() {
        if (heap.heldBytes() > KEPT_BYTES) {
            forgetScanners();
        }
        if (segment.release()) {
            cubes.drop(segment.uid());
            exchange.release(segment);
        }
        segment = null;
        demand = null;
        cut.clear();
    }

    private void forgetScanners() {
        scanners = List.of();
        scannersOf = null;
        heap.hold(0);
    }

    private void nextShard() {
        shardAt++;
        segmentAt = 0;
        demandAt = 0;
    }
}
