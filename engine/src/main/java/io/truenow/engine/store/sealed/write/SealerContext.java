package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.SegmentFiles;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.memory.MemoryTag;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;

import java.nio.file.Path;
import java.util.List;

/**
 * What the sealer agent works with.
 *
 * @param files     the file system.
 * @param directory of the node's segment files.
 * @param tag       under which mappings and memory for sorting are reserved.
 * @param lanes     all of the node.
 * @param counters  of the agent.
 * @param clock     for the time that it takes.
 * @param errors    gets failures, each kind once.
 */
public record SealerContext(
    SegmentFiles files, Path directory, MemoryTag tag, List<Lane> lanes, SealerCounters counters, NanoClock clock, ErrorHandler errors) {
    public SealerContext {
        lanes = List.copyOf(lanes);
    }

    /**
     * A lane that has segments sealed.
     *
     * @param lane   its number.
     * @param seals  where it meets the agent.
     * @param memory of its segments.
     * @param state  what is kept of its shards.
     */
    public record Lane(int lane, SealExchange seals, LaneMemory memory, StateFile state) {
    }
}
