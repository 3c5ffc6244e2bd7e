package io.truenow.hottier.sketch;

import io.truenow.hottier.segment.Segment;

/**
 * What a scan gathers of one segment for one sketch: rows come block by block with their groups, then everything becomes cells with lane
 * codes at once. Reused from segment to segment; allocates only for a segment larger than those before.
 */
public abstract sealed class SegmentSketch permits DistinctScan, QuantileScan, TopScan {
    /** For the scans of one query at a time. */
    public static SegmentSketch create(final SketchWish wish, final LaneValues values) {
        return switch (wish.kind()) {
            case DISTINCT -> new DistinctScan(wish.column(), values);
            case QUANTILES -> new QuantileScan(wish.column(), wish.parameter());
            case TOP -> new TopScan(wish.column(), wish.parameter(), values);
        };
    }

    /**
     * Begins a segment, after its cut was taken.
     *
     * @param blockCount blocks of the cut.
     * @param groupLimit groups to expect; there may be more.
     */
    public abstract void begin(Segment segment, int blockCount, int groupLimit);

    /** Takes the selected rows of a block. */
    public abstract void take(SelectedRows rows);

    /** Ends the segment: a cell for each of its groups, by number; valid until the next {@link #begin}. Keep a {@link SketchCells#copy}. */
    public abstract SketchCells end();
}
