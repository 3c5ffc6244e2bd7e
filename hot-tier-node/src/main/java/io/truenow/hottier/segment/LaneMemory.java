package io.truenow.hottier.segment;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.hottier.hash.IdBatch;
import io.truenow.hottier.value.ValueTable;

import java.util.ArrayDeque;

/** A lane's off-heap memory by purpose, its values, and block objects for reuse. Belongs to the lane, but for what its parts say. */
public final class LaneMemory implements AutoCloseable {
    private final BlockPool pool;
    private final BlockUse rows;
    private final BlockUse dedup;
    private final BlockUse dictionaries;
    private final ValueTable values;
    private long lastUid;
    private final IdBatch ids;
    private final ArrayDeque<OpenBlock> freeBlocks = new ArrayDeque<>();

    /** Takes the pool over. */
    public LaneMemory(final BlockPool pool, final long valueHashSeed) {
        this.pool = pool;
        this.rows = pool.use("rows");
        this.dedup = pool.use("dedup");
        this.dictionaries = pool.use("dictionaries");
        this.values = new ValueTable(pool, pool.use("values"), valueHashSeed);
        this.ids = new IdBatch(valueHashSeed);
    }

    /** Where blocks come from. */
    public BlockPool pool() {
        return pool;
    }

    /** Distinct values of the lane. */
    public ValueTable values() {
        return values;
    }

    /** For a new segment; unique as long as the memory lives. */
    long nextUid() {
        return ++lastUid;
    }

    /** Closes the pool's regions: no thread may use the memory any more. */
    @Override
    public void close() {
        pool.close();
    }

    /** For the ids of the batch at hand, or of rows that a dedup table is rebuilt from. */
    IdBatch ids() {
        return ids;
    }

    BlockUse rows() {
        return rows;
    }

    BlockUse dedup() {
        return dedup;
    }

    BlockUse dictionaries() {
        return dictionaries;
    }

    /** A block of at least so many rows or, if that fits its power of two badly, some fewer; null if there is no room. */
    OpenBlock takeBlock(final int wantedRows, final int dimensionCount, final int metricCount) {
        final int capacity = BlockLayout.capacity(wantedRows, dimensionCount, metricCount, pool.maxBlockBytes());
        final long handle = pool.allocate(rows, BlockLayout.lengthBytes(capacity, dimensionCount, metricCount));
        if (handle == BlockPool.NONE) {
            return null;
        }
        final OpenBlock block = freeBlocks.isEmpty() ? new OpenBlock() : freeBlocks.pop();
        block.open(pool, handle, capacity, dimensionCount, metricCount);
        return block;
    }

    void giveBlock(final OpenBlock block) {
        pool.release(rows, block.handle());
        freeBlocks.push(block);
    }
}
