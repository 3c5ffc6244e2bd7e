package io.truenow.engine.scan.cube;

/**
 * What cubes may cost.
 *
 * @param maxCells    a cube with more is not made.
 * @param rowsPerCell a cube with more cells than its segment's rows divided by this is not made.
 * @param asksBefore  so many queries do without a cube that would cost them more than their own rows.
 * @param maxBytes    of all cubes of a query agent.
 * @param foldPercent hundredths of the query agent's time for folding between queries, 0 for none.
 */
public record CubeLimits(int maxCells, int rowsPerCell, int asksBefore, long maxBytes, int foldPercent) {
    /** Without folding between queries. */
    public CubeLimits(final int maxCells, final int rowsPerCell, final int asksBefore, final long maxBytes) {
        this(maxCells, rowsPerCell, asksBefore, maxBytes, 0);
    }

    /** Those of a query agent that may hold so many bytes of cubes, and folds for queries only. */
    public static CubeLimits of(final int maxCells, final long maxBytes) {
        return of(maxCells, maxBytes, 0);
    }

    /** Those of a query agent that may hold so many bytes of cubes and fold between queries. */
    public static CubeLimits of(final int maxCells, final long maxBytes, final int foldPercent) {
        return maxBytes == 0 ? none() : new CubeLimits(maxCells, 8, 1, maxBytes, foldPercent);
    }

    /** No cubes at all. */
    public static CubeLimits none() {
        return new CubeLimits(0, 8, 1, 0);
    }
}
