package io.truenow.hottier.recovery;

import io.truenow.client.batch.BatchView;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.hottier.memory.MemorySettings;
import io.truenow.hottier.memory.NodeMemory;
import io.truenow.hottier.segment.BatchApplier;
import io.truenow.hottier.segment.LaneMemory;
import io.truenow.hottier.segment.ShardStore;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A lane's memory from a start of its node to its end, without the lane. Its end leaves the files as a kill at that moment would. */
final class LaneLife implements AutoCloseable {
    static final int REGION_BYTES = 1 << 20;
    private static final long BUDGET_BYTES = 1L << 30;

    final NodeMemory nodeMemory;
    final LaneMemory memory;
    final BatchApplier applier;
    private final ServiceIdentity identity;
    private final BatchView view = new BatchView();

    private LaneLife(final Path directory, final int regionBytes, final long budgetBytes, final LaneFiles files) {
        identity = ServiceIdentity.open(directory.resolve("node"));
        nodeMemory = NodeMemory.open(
            new MemorySettings(budgetBytes, regionBytes, 1, directory.resolve("regions"), MemoryPlacement.ANY), identity);
        memory = LaneStart.open(nodeMemory, 0, identity, files);
        nodeMemory.start();
        applier = new BatchApplier(memory);
    }

    /** Files of which only is known whose rows they hold. */
    private record NamedFiles(LongPredicate isInFile) implements LaneFiles {
        @Override
        public LongPredicate find(final LaneMemory memory) {
            return isInFile;
        }

        @Override
        public void attach(final LaneMemory memory, final BooleanSupplier moreRoom) {
            // there are no segments
        }

        @Override
        public void letGo() {
            // nothing is held
        }
    }

    static LaneLife begin(final Path directory) {
        return begin(directory, REGION_BYTES, uid -> false);
    }

    static LaneLife begin(final Path directory, final int regionBytes, final LongPredicate isInFile) {
        return new LaneLife(directory, regionBytes, BUDGET_BYTES, new NamedFiles(isInFile));
    }

    static LaneLife begin(final Path directory, final LaneFiles files) {
        return new LaneLife(directory, REGION_BYTES, BUDGET_BYTES, files);
    }

    /** The directory with the regions of the lane. */
    Path laneDirectory() {
        return nodeMemory.directory().resolve("lane-0");
    }

    /** The shard as it was left, or an empty one. */
    ShardStore shard(final int shardId, final int tableId) {
        final ShardStore recovered = memory.recovered().remove(shardId);
        return recovered == null ? new ShardStore(memory, shardId, tableId) : recovered;
    }

    /** Applies a batch; answers how many rows were new. */
    int apply(final ShardStore shard, final UnsafeBuffer batch, final long keptFromUs) {
        assertTrue(view.wrap(batch, 0, batch.capacity()).isValid());
        boolean isApplied = applier.apply(shard, view, 2, 1, keptFromUs);
        for (int i = 0; !isApplied && (i < 10 || applier.isPreparing()); i++) {
            nodeMemory.maintain(System.nanoTime());
            isApplied = applier.apply(shard, view, 2, 1, keptFromUs);
        }
        assertTrue(isApplied, "no room");
        return applier.rowsInserted();
    }

    @Override
    public void close() {
        memory.close();
        nodeMemory.close();
        identity.close();
    }
}
