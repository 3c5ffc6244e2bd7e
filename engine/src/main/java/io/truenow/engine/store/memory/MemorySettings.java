package io.truenow.engine.store.memory;

import io.truenow.fabric.memory.os.MemoryPlacement;

import java.nio.file.Path;

/**
 * How a node's memory is wanted.
 *
 * @param budgetBytes     most that all lanes, sealed segments, cubes and queries have.
 * @param regionBytes     a power of two.
 * @param lanes           that share the budget; each has at least {@link #MIN_REGIONS_PER_LANE} regions in it.
 * @param regionDirectory parent of the node's directory of regions; null for the default.
 * @param placement       of regions.
 * @param cubeBytes       most that cubes of all lanes have of the budget.
 */
public record MemorySettings(
    long budgetBytes, int regionBytes, int lanes, Path regionDirectory, MemoryPlacement placement, long cubeBytes) {
    /** One part of so many is for cubes, if nothing else is wanted. */
    public static final int USUAL_CUBE_PART = 4;
    /** One in use and two in reserve. */
    public static final int MIN_REGIONS_PER_LANE = 3;
    /** One part of so many is kept from regions, so that there is room for a sealed segment before the open one is gone. */
    private static final int KEPT_FROM_REGIONS = 8;

    /** With the usual memory of cubes. */
    public MemorySettings(
        final long budgetBytes, final int regionBytes, final int lanes, final Path regionDirectory, final MemoryPlacement placement) {
        this(budgetBytes, regionBytes, lanes, regionDirectory, placement, budgetBytes / USUAL_CUBE_PART);
    }

    /** Most regions of all lanes. */
    int maxRegions() {
        final int all = (int) Math.min(budgetBytes / regionBytes, Integer.MAX_VALUE - 1);
        return Math.max(all - all / KEPT_FROM_REGIONS, Math.min(all, lanes * MIN_REGIONS_PER_LANE));
    }
}
