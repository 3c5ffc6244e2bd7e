package io.truenow.engine.store.segment;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/**
 * The product's own reader beside its own writer: epoch and the time from which rows are held come from one publication.
 */
@JCStressTest
@Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "No cut: a publication was under way at every attempt.")
@Outcome(id = {"0, -9223372036854775808", "1, 1", "2, 2"}, expect = Expect.ACCEPTABLE, desc = "One publication.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Parts of two publications.")
@State
public class ShardCutStress {
    private static final int REGION_BYTES = 1 << 20;
    /** Shared: a shard without rows takes nothing of it. */
    private static final LaneMemory MEMORY = new LaneMemory(
        new BlockPool(
            RegionSource.inline(new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE), REGION_BYTES), REGION_BYTES, 1), 1);

    private final ShardStore shard = new ShardStore(MEMORY, 1, 1);
    private final ShardCut cut = new ShardCut();

    /** Publishes twice. */
    @Actor
    public void lane() {
        shard.publishState(1, true, 1);
        shard.publishState(2, true, 2);
    }

    /** Takes a cut. */
    @Actor
    public void queryAgent(final JJ_Result result) {
        final boolean isTaken = cut.take(shard);
        result.r1 = isTaken ? cut.epoch() : -1;
        result.r2 = isTaken ? cut.availableFromUs() : -1;
    }
}
