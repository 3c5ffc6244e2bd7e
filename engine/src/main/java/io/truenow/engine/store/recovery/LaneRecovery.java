package io.truenow.engine.store.recovery;

import io.truenow.engine.store.meta.RootSlots;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardRecovery;
import io.truenow.engine.store.value.ValueTableRecovery;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.PoolRecovery;
import io.truenow.fabric.memory.RegionFiles;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongArrayList;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/**
 * Takes over a lane's regions: maps them, does the redo record once more, walks from the root slots to all that lives, tells the pool, and
 * rebuilds what appending does not need at once. Every step may be cut short by a kill and then begins anew: until the pool is told, only
 * the record's stores are done and references to what does not live are cleared, each in one store. Launching thread, before the lane runs.
 */
public final class LaneRecovery {
    private final LaneMemory memory;
    private final LongArrayList shards = new LongArrayList();
    private final IntArrayList shardSlots = new IntArrayList();
    private final LongArrayList segments = new LongArrayList();
    private final IntArrayList segmentSlots = new IntArrayList();

    /**
     * What was taken over.
     *
     * @param segmentsDropped were not committed, or their rows are in files.
     * @param heldBytes       of blocks, without what is derived.
     */
    public record Outcome(int shards, int segments, int segmentsDropped, long rows, long values, long heldBytes) {
    }

    private LaneRecovery(final LaneMemory memory) {
        this.memory = memory;
    }

    /**
     * Fills a lane's memory, whose pool is empty; the shards are {@link LaneMemory#recovered} then. Tables of ids and lookups of
     * dictionaries are made when a shard's span first takes rows.
     *
     * @param isInFile whether a valid file holds the rows of the segment with a uid.
     * @param moreRoom sees to one more region for the pool, for what is derived; false if there is none.
     * @throws IOException           if a region cannot be mapped or does not have the right size.
     * @throws IllegalStateException if the regions hold what no lane can have left.
     */
    public static Outcome recover(
        final LaneMemory memory, final RegionFiles files, final LongPredicate isInFile, final BooleanSupplier moreRoom) throws IOException {
        final BlockPool pool = memory.pool();
        final PoolRecovery held = pool.recover();
        for (final int index : files.indexes()) {
            held.adopt(files.map(index));
        }
        return new LaneRecovery(memory).walk(held, isInFile, moreRoom);
    }

    private Outcome walk(final PoolRecovery held, final LongPredicate isInFile, final BooleanSupplier moreRoom) {
        memory.redo().redo();
        final RootSlots roots = memory.roots();
        for (final long page : roots.recoverPages()) {
            held.hold(roots.use(), page, RootSlots.PAGE_BYTES);
        }
        final ValueTableRecovery values = new ValueTableRecovery(memory.values());
        roots.forEach((slot, kind, ordinal, handle) -> {
            switch (kind) {
                case SHARD -> {
                    shards.addLong(handle);
                    shardSlots.addInt(slot);
                }
                case SEGMENT -> {
                    segments.addLong(handle);
                    segmentSlots.addInt(slot);
                }
                case VALUE_ENTRIES -> {
                    held.hold(memory.values().use(), handle, ValueTableRecovery.PAGE_BYTES);
                    values.page(ordinal, handle, slot);
                }
                case VALUE_BYTES -> {
                    held.hold(memory.values().use(), handle, ValueTableRecovery.CHUNK_BYTES);
                    values.chunk(handle, slot);
                }
                default -> throw new IllegalStateException("a root slot is damaged");
            }
        });
        final ShardRecovery recovery = new ShardRecovery(memory, held, isInFile);
        for (int i = 0; i < shards.size(); i++) {
            recovery.shard(shards.getLong(i), shardSlots.getInt(i));
        }
        for (int i = 0; i < segments.size(); i++) {
            recovery.segment(segments.getLong(i), segmentSlots.getInt(i), roots);
        }
        held.finish();
        values.start();
        recovery.finish().forEach(shard -> memory.recovered().put(shard.shardId(), shard));
        values.finish(moreRoom);
        return new Outcome(memory.recovered().size(), recovery.segmentCount(), recovery.segmentsDropped(), recovery.rowCount(),
            values.valueCount(), held.heldBytes());
    }
}
