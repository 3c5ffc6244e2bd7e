package io.truenow.hottier.sketch;

import io.truenow.client.sketch.Sketch;

/**
 * What was gathered for one sketch, by cell: of a segment, in a cube, or the groups of a query's result. Dimension values are lane codes,
 * so cells are good as long as the segments from which they came are held. Belongs to the query agent.
 */
public abstract sealed class SketchCells permits DistinctCells, DistinctSketchCells, QuantileCells, TopCells {
    /** Bytes that a query's result may take for one sketch. */
    public static final long MAX_RESULT_BYTES = 64L << 20;

    private boolean isTooLarge;

    /** Empty cells for the groups of a result. */
    public static SketchCells result(final SketchWish wish, final LaneValues values) {
        return switch (wish.kind()) {
            case DISTINCT -> wish.sole() ? new DistinctCells(wish.parameter(), values) : new DistinctSketchCells(wish.parameter(), values);
            case QUANTILES -> new QuantileCells(wish.parameter());
            case TOP -> new TopCells(wish.parameter(), values);
        };
    }

    /** Whether more was to be gathered than there is room for: then they say nothing. */
    final boolean isTooLarge() {
        return isTooLarge;
    }

    final void isTooLarge(final boolean isNow) {
        isTooLarge = isNow;
    }

    /** Forgets all; memory beyond a usual query's goes. */
    public abstract void clear();

    /**
     * Adds cells of the same wish, but for who else is asked.
     *
     * @param targets by the other's cell, where it goes; left out if negative.
     * @param count cells of the other that have a target.
     * @return false if this came to hold more than {@link #MAX_RESULT_BYTES}, or the other did; then it says nothing any more.
     */
    public abstract boolean merge(SketchCells other, int[] targets, int count);

    /** Bytes held. */
    public abstract long byteSize();

    /** The same in no more memory than it takes, to be kept. */
    public abstract SketchCells copy();

    /** A cell as it travels; valid until the next call. An empty one for cells never seen. */
    public abstract Sketch sketch(int cell);
}
