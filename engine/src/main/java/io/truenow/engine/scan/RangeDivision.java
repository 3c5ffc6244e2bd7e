package io.truenow.engine.scan;

import io.truenow.engine.scan.cube.CubeLevel;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.cube.CubeWants;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.shard.Spans;

/** Divides a query's range within a segment into what whole buckets of a cube answer and edges, which go to a finer level. Reused. */
final class RangeDivision {
    /** An edge with more rows than that is worth a cube by the second. */
    private static final long EDGE_ROWS = 8_192;

    private final CubeStore cubes;
    private ScanPlan plan;
    private CubeWants wants;
    private boolean hasSketches;
    private ShardCut cut;
    private int segmentIndex;
    private Segment segment;
    private int innerFromUs;
    private int innerToUs;

    RangeDivision(final CubeStore cubes) {
        this.cubes = cubes;
    }

    /** Starts a segment. */
    void begin(
        final ScanPlan newPlan, final CubeWants newWants, final boolean newHasSketches, final ShardCut newCut, final int newSegmentIndex) {
        plan = newPlan;
        wants = newWants;
        hasSketches = newHasSketches;
        cut = newCut;
        segmentIndex = newSegmentIndex;
        segment = cut.segment(segmentIndex);
    }

    /** Lets the segment go. */
    void end() {
        cut = null;
        segment = null;
    }

    /** Where the part that {@link #divide} found begins. */
    int innerFromUs() {
        return innerFromUs;
    }

    /** Where it ends. */
    int innerToUs() {
        return innerToUs;
    }

    /** Finds the part of a range that whole buckets of a level answer; false if there is none. */
    boolean divide(final int fromUs, final int toUs, final CubeLevel level) {
        final int bucketUs = level.bucketUs();
        if (level == CubeLevel.SPAN) {
            innerFromUs = fromUs;
            innerToUs = toUs;
            return isInOneInterval() && (fromUs == 0 && toUs == Spans.SPAN_US || holdsAllRows(fromUs, toUs));
        }
        if (hasSketches) {
            return false;
        }
        innerFromUs = (fromUs + bucketUs - 1) / bucketUs * bucketUs;
        innerToUs = toUs / bucketUs * bucketUs;
        return innerFromUs < innerToUs && (level.divides(plan.intervalUs()) || isInOneInterval());
    }

    /** The level to try for what a level did not answer. */
    CubeLevel finer(final int fromUs, final int toUs, final CubeLevel level) {
        return switch (level) {
            case SPAN -> CubeLevel.MINUTE;
            case MINUTE -> !hasManyRows(fromUs, toUs) && level.divides(plan.intervalUs()) ? null
                : plan.intervalUs() % CubeLevel.MINUTE.bucketUs() != 0 && CubeLevel.TEN_SECONDS.divides(plan.intervalUs())
                || areSecondsTooLarge() ? CubeLevel.TEN_SECONDS : CubeLevel.SECOND;
            case TEN_SECONDS -> areSecondsTooLarge() || !hasManyRows(fromUs, toUs) && level.divides(plan.intervalUs())
                ? null : CubeLevel.SECOND;
            case SECOND -> null;
        };
    }

    private boolean hasManyRows(final int fromUs, final int toUs) {
        return (double) cut.rowCount(segmentIndex) * (toUs - fromUs) / Spans.SPAN_US > EDGE_ROWS;
    }

    private boolean areSecondsTooLarge() {
        return cubes.isTooLarge(segment, cut.rowCount(segmentIndex), wants.key(), CubeLevel.SECOND);
    }

    /** A range that begins before all rows may as well begin with a minute, which cubes answer. */
    int widenedFrom(final int fromUs) {
        for (int i = 0; i < cut.blockCount(segmentIndex); i++) {
            if (segment.block(i).minOffsetUs() < fromUs) {
                return fromUs;
            }
        }
        return fromUs - fromUs % CubeLevel.MINUTE.bucketUs();
    }

    /** A range that ends behind all rows, as one up to now does, may as well end with a minute. */
    int widenedTo(final int toUs) {
        for (int i = 0; i < cut.blockCount(segmentIndex); i++) {
            if (segment.block(i).maxOffsetUs() >= toUs) {
                return toUs;
            }
        }
        final int bucketUs = CubeLevel.MINUTE.bucketUs();
        return (toUs + bucketUs - 1) / bucketUs * bucketUs;
    }

    /** Whether all rows of the segment are in one bucket of the query. */
    private boolean isInOneInterval() {
        final long intervalUs = plan.intervalUs();
        final long spanStartUs = segment.spanStartUs();
        return intervalUs == 0
            || Math.floorDiv(spanStartUs, intervalUs) == Math.floorDiv(spanStartUs + Spans.SPAN_US - 1, intervalUs);
    }

    private boolean holdsAllRows(final int fromUs, final int toUs) {
        for (int i = 0; i < cut.blockCount(segmentIndex); i++) {
            final Block block = segment.block(i);
            if (block.minOffsetUs() < fromUs || block.maxOffsetUs() >= toUs) {
                return false;
            }
        }
        return true;
    }

    /** A time as microseconds since the span's start, within the span. */
    int offsetUs(final long timeUs) {
        final long spanStartUs = segment.spanStartUs();
        if (timeUs >= spanStartUs + Spans.SPAN_US) {
            // the difference may be more than a long holds
            return Spans.SPAN_US;
        }
        return timeUs <= spanStartUs ? 0 : (int) (timeUs - spanStartUs);
    }
}
