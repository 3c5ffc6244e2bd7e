package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealExchange;
import io.truenow.fabric.memory.MemoryPressure;

/**
 * What a lane needs to lead its segments from their first row to their file, and out.
 *
 * @param seals    with the sealer agent.
 * @param policy   when what is done.
 * @param pressure of the node's memory.
 * @param counters of the lane.
 */
public record LifeContext(SealExchange seals, SegmentPolicy policy, MemoryPressure pressure, LifeCounters counters) {
}
