package io.truenow.hottier.scan;

import io.truenow.hottier.cube.CubeStore;
import io.truenow.hottier.group.GroupMemory;
import io.truenow.hottier.kernel.BlockKernel;
import io.truenow.hottier.predicate.ResolvedLeaves;
import io.truenow.hottier.value.ValueTable;

/**
 * What all scans of a query agent share.
 *
 * @param values of the lane.
 * @param kernel its arrays hold one block at a time.
 * @param memory for groups.
 * @param cubes  of the query agent.
 * @param leaves what filters meant in segments.
 */
public record ScanTools(ValueTable values, BlockKernel kernel, GroupMemory memory, CubeStore cubes, ResolvedLeaves leaves) {
}
