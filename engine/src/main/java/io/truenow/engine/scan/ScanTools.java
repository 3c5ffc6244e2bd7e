package io.truenow.engine.scan;

import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.store.value.ValueTable;

import java.util.function.BooleanSupplier;

/**
 * What all scans of a query agent share.
 *
 * @param values of the lane.
 * @param kernel its arrays hold one block at a time.
 * @param memory for groups.
 * @param cubes  of the query agent.
 * @param leaves what filters meant in segments.
 * @param pressure whether cubes should go.
 */
public record ScanTools(
    ValueTable values, BlockKernel kernel, GroupMemory memory, CubeStore cubes, ResolvedLeaves leaves, BooleanSupplier pressure) {
    private static final long YIELDED_BYTES = 1 << 18;

    /** Once a duty cycle: where memory is short, the least recently used cubes go, some at a time. */
    public void yieldMemory() {
        if (cubes.count() > 0 && pressure.getAsBoolean()) {
            cubes.shrinkTo(Math.max(0, cubes.usedBytes() - YIELDED_BYTES));
        }
    }
}
