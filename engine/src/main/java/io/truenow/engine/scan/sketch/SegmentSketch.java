package io.truenow.engine.scan.sketch;

import io.truenow.engine.scan.kernel.SelectedRows;
import io.truenow.engine.store.segment.Segment;

/**
 * What a scan gathers of one segment for one sketch: rows come block by block with their groups, then everything becomes cells with lane
 * codes, slice by slice, so that no step is long and no more than a slice is held twice. Reused from segment to segment; allocates only
 * for a segment larger than those before.
 */
public abstract sealed class SegmentSketch permits DistinctScan, QuantileScan, TopScan {
    /** Counters, pairs or codes that a slice is made of, about. */
    static final int SLICE = 1 << 14;

    /** For the scans of one query at a time. */
    public static SegmentSketch create(final SketchWish wish) {
        return switch (wish.kind()) {
            case DISTINCT -> new DistinctScan(wish.column());
            case QUANTILES -> new QuantileScan(wish.column(), wish.parameter());
            case TOP -> new TopScan(wish.column(), wish.parameter());
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

    /** Ends the segment: what was gathered comes by {@link #next}. */
    abstract void end();

    /**
     * Cells of some groups, not necessarily all of them: what they hold adds up. Valid until the next call.
     *
     * @return null when all was told.
     */
    abstract SketchCells next();

    /** The group of cell 0 of the last slice; the others follow. */
    abstract int firstGroup();

    /** Bytes held on the heap, about. */
    public abstract long heapBytes();
}
