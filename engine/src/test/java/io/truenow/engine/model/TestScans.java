package io.truenow.engine.model;

import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.cube.CubeCounters;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What scans of a test work with: memory of its own, which must be given back to the last byte. */
public final class TestScans implements AutoCloseable {
    private final MemoryAccountant accountant;
    private final GroupMemory groups;
    private final GroupMemory cubes;
    private final CubeCounters counters;
    private final ScanTools tools;

    /** Without bounds for groups. */
    public TestScans(final LaneMemory memory, final CubeLimits limits) {
        this(memory, limits, Long.MAX_VALUE);
    }

    /** With so many bytes for groups. */
    public TestScans(final LaneMemory memory, final CubeLimits limits, final long groupBytes) {
        this(memory, limits, groupBytes, new BlockKernel());
    }

    /** With a kernel that may fail. */
    public TestScans(final LaneMemory memory, final CubeLimits limits, final BlockKernel kernel) {
        this(memory, limits, Long.MAX_VALUE, kernel);
    }

    private TestScans(final LaneMemory memory, final CubeLimits limits, final long groupBytes, final BlockKernel kernel) {
        accountant = new MemoryAccountant(Long.MAX_VALUE);
        groups = new GroupMemory(accountant.tag("query", groupBytes));
        cubes = new GroupMemory(accountant.tag("cubes", Long.MAX_VALUE));
        counters = CubeCounters.register(ProcessMetrics.local(), 0);
        tools = new ScanTools(memory.values(), kernel, groups, new CubeStore(cubes, limits, counters),
            new ResolvedLeaves(memory.values(), 1 << 20), () -> false);
    }

    /** For scans. */
    public ScanTools tools() {
        return tools;
    }

    /** What its cubes count. */
    public CubeCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        tools.cubes().clear();
        assertEquals(0, cubes.usedBytes(), "bytes of cubes");
        assertEquals(0, groups.usedBytes(), "bytes of groups");
        groups.close();
        cubes.close();
        assertEquals(0, accountant.usedBytes(), "bytes reserved");
    }
}
