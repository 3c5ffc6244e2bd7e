package io.truenow.hottier;

import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.cube.CubeCounters;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.PressureLevel;
import io.truenow.fabric.metrics.Metrics;

/** What a lane's query agent scans with: memory of its queries and of its cubes. Made and closed by the launching thread. */
final class LaneScans implements AutoCloseable {
    private static final long LEAVES_BYTES = 4 << 20;

    private final GroupMemory groups;
    private final GroupMemory cubes;
    private final ScanTools tools;

    /**
     * Takes memory under the node's tags.
     *
     * @throws IllegalStateException if the machine has none for the first query.
     */
    LaneScans(final int lane, final NodeMemory nodeMemory, final CubeLimits limits, final ValueTable values, final Metrics metrics) {
        groups = GroupMemory.prepared(nodeMemory.query(), nodeMemory.queryHeap());
        cubes = new GroupMemory(nodeMemory.cubes(), nodeMemory.cubeHeap());
        final CubeStore store = new CubeStore(cubes, limits, CubeCounters.register(metrics, lane));
        tools = new ScanTools(values, new BlockKernel(), groups, store, new ResolvedLeaves(values, LEAVES_BYTES),
            () -> nodeMemory.pressure().isAtLeast(PressureLevel.CUBES));
        final String name = Integer.toString(lane);
        metrics.gauge("truenow_hot_tier_cubes", "Cubes held", store::count, "lane", name);
        metrics.gauge("truenow_hot_tier_cube_bytes", "Bytes that cubes hold", store::usedBytes, "lane", name);
    }

    ScanTools tools() {
        return tools;
    }

    /** When no agent runs any more. */
    @Override
    public void close() {
        groups.close();
        cubes.close();
    }
}
