package io.truenow.engine.scan.cube;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What a query agent counts of its cubes; written by it.
 *
 * @param hits       segments answered from cubes.
 * @param admissions cubes made.
 * @param refusals   cubes not made, since they would have too many cells.
 * @param evictions  cubes that went for others or for want of memory.
 * @param rowsFolded rows folded, once for each cube.
 * @param rowsFoldedInBackground those of them that no query waited for.
 */
public record CubeCounters(
    AtomicCounter hits,
    AtomicCounter admissions,
    AtomicCounter refusals,
    AtomicCounter evictions,
    AtomicCounter rowsFolded,
    AtomicCounter rowsFoldedInBackground) {

    /** Registers a query agent's counters. */
    public static CubeCounters register(final Metrics metrics, final int lane) {
        final String name = Integer.toString(lane);
        return new CubeCounters(
            metrics.counter("truenow_hot_tier_cube_hits_total", "Segments answered from cubes", "lane", name),
            metrics.counter("truenow_hot_tier_cube_admissions_total", "Cubes made", "lane", name),
            metrics.counter("truenow_hot_tier_cube_refusals_total", "Cubes not made for having too many cells", "lane", name),
            metrics.counter("truenow_hot_tier_cube_evictions_total", "Cubes let go for others or for want of memory", "lane", name),
            metrics.counter("truenow_hot_tier_cube_rows_folded_total", "Rows folded into cubes", "lane", name),
            metrics.counter("truenow_hot_tier_cube_rows_folded_background_total", "Rows folded into cubes between queries", "lane", name));
    }
}
