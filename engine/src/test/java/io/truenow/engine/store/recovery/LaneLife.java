package io.truenow.engine.store.recovery;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.memory.MemorySettings;
import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.format.batch.BatchView;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

    /** Applies a batch of a table whose events are their ids; answers how many rows were new. */
    int apply(final ShardStore shard, final UnsafeBuffer batch, final long keptFromUs) {
        return apply(shard, batch, EventIdentity.ID, keptFromUs);
    }

    /** Applies a batch; answers how many rows were new. */
    int apply(final ShardStore shard, final UnsafeBuffer batch, final EventIdentity events, final long keptFromUs) {
        assertTrue(view.wrap(batch, 0, batch.capacity()).isValid());
        boolean isApplied = applier.apply(shard, view, events, 2, 1, keptFromUs);
        for (int i = 0; !isApplied && (i < 10 || applier.isPreparing()); i++) {
            nodeMemory.maintain(System.nanoTime());
            isApplied = applier.apply(shard, view, events, 2, 1, keptFromUs);
        }
        assertTrue(isApplied, "no room");
        return applier.rowsInserted();
    }

    /** Writes the file of some segments, as the sealer agent does; the shard does not hear of it. */
    SealedSegment write(final ShardStore shard, final List<Segment> sources, final MemoryTag tag, final Path sealed) throws IOException {
        final SegmentOwner owner =
            new SegmentOwner(memory.meta().catalogIdHigh(), memory.meta().catalogIdLow(), 0, shard.tableId(), shard.shardId());
        try (SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, tag)) {
            return writer.write(new SegmentIdentity(owner, sources.getFirst().spanStartUs(), shard.newUid(),
                    sources.stream().map(Segment::uid).toList(), shard.durable(sources)), sources, memory,
                SealedDirectory.shardDirectory(sealed, 0, shard.shardId()));
        }
    }

    /** Puts the file of some segments in their place. */
    SealedSegment seal(final ShardStore shard, final List<Segment> sources, final MemoryTag tag, final Path sealed) throws IOException {
        final SealedSegment made = write(shard, sources, tag, sealed);
        assertTrue(made.retainValues(Integer.MAX_VALUE));
        assertTrue(shard.replace(sources, made));
        return made;
    }

    @Override
    public void close() {
        memory.close();
        nodeMemory.close();
        identity.close();
    }
}
