package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.Sketch;

/**
 * What was gathered for one sketch, by cell: of a segment, in a cube, or the groups of a query's result. Dimension values are lane codes,
 * so cells are good as long as the segments from which they came are held. Belongs to the query agent.
 */
public abstract sealed class SketchCells permits DistinctCells, DistinctSketchCells, QuantileCells, TopCells {
    /** A step of a merge costs about so many rows. */
    static final int MERGE_COST = 1 << 14;
    /** Registers are made of a cell with more than one value for so many of them: log2. */
    private static final int REGISTERS_PER_VALUE_SHIFT = 3;

    private boolean isTooLarge;
    private int mergeCost;

    /** Empty cells for the groups of a result. */
    public static SketchCells result(final SketchWish wish, final LaneValues values) {
        return switch (wish.kind()) {
            case DISTINCT -> wish.sole() ? new DistinctCells(wish.parameter(), false) : new DistinctSketchCells(wish.parameter(), values);
            case QUANTILES -> new QuantileCells(wish.parameter());
            case TOP -> new TopCells(wish.parameter(), values);
        };
    }

    /** Empty cells to be kept, which know of no query. */
    public static SketchCells kept(final SketchWish wish) {
        return switch (wish.kind()) {
            case DISTINCT -> new DistinctCells(wish.parameter(), true);
            case QUANTILES -> new QuantileCells(wish.parameter());
            case TOP -> new TopCells(wish.parameter(), null);
        };
    }

    /**
     * Bytes that cells of distinct values come to hold at most, about, with the registers that are made of them.
     *
     * @param pairs of a cell and a value that is in it, at most.
     * @param greatestCode no lane code is above.
     */
    public static long distinctBytesAtMost(final SketchWish wish, final long cells, final long pairs, final int greatestCode) {
        final int registersShift = wish.kind().orUsual(wish.parameter());
        final long cellsWithRegisters = Math.min(cells, pairs >> registersShift - REGISTERS_PER_VALUE_SHIFT);
        return CodeSets.bytesAtMost(cells, pairs, greatestCode) + (cellsWithRegisters << registersShift);
    }

    /** Bytes that cells of the most frequent values come to hold at most, about; with more to come they keep room for it. */
    public static long topBytesAtMost(final long pairs, final boolean isSettled) {
        return TopCells.bytesAtMost(pairs, isSettled);
    }

    /** Whether more was to be gathered than there is room for: then they say nothing. */
    final boolean isTooLarge() {
        return isTooLarge;
    }

    final void isTooLarge(final boolean isNow) {
        isTooLarge = isNow;
    }

    /** What the last step of a merge cost, in rows. */
    final int mergeCost() {
        return mergeCost;
    }

    final void mergeCost(final int cost) {
        mergeCost = cost;
    }

    /** Forgets all; memory beyond a usual query's goes. */
    public abstract void clear();

    /**
     * Adds some of another's cells, of the same wish but for who else is asked.
     *
     * @param from where to go on: 0 at first, then what was returned.
     * @param targets where the other's cell c goes: at firstTarget + c; left out if negative.
     * @param targetCount from there on the other's cells have no target.
     * @return where to go on, or -1 if all is added or they are {@link #isTooLarge}.
     */
    abstract int merge(SketchCells other, int from, int[] targets, int firstTarget, int targetCount);

    /** Bytes held on the heap, about. */
    public abstract long byteSize();

    /** All was added for now: gives up memory that it does not need, where that is quick. */
    public void trim() {
        // most hold little more than they need
    }

    /** All was added for good, most likely: gives up what it would need to go on, where that is quick. */
    public void settle() {
        trim();
    }

    /** Does a piece of what cells need, after a change, before they are asked for; returns what it cost, in rows, 0 if they are ready. */
    public int prepare() {
        return 0;
    }

    /** A cell as it travels; valid until the next call. An empty one for cells never seen. */
    public abstract Sketch sketch(int cell);
}
