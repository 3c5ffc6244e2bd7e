package io.truenow.hottier.cube;

/**
 * What cubes may cost.
 *
 * @param maxCells    a cube with more is not made.
 * @param rowsPerCell a cube with more cells than its segment's rows divided by this is not made.
 * @param asksBefore  so many queries do without a cube that would cost them more than their own rows.
 * @param maxBytes    of all cubes of a query agent.
 */
public record CubeLimits(int maxCells, int rowsPerCell, int asksBefore, long maxBytes) {
    /** Those of a query agent that may hold so many bytes of cubes. */
    public static CubeLimits of(final int maxCells, final long maxBytes) {
        return new CubeLimits(maxCells, 8, 1, maxBytes);
    }

    /** No cubes at all. */
    public static CubeLimits none() {
        return new CubeLimits(0, 8, 1, 0);
    }
}
