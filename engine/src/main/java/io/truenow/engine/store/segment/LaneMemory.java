package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.hash.IdBloom;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.meta.RedoRecord;
import io.truenow.engine.store.meta.RootSlots;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayDeque;

/** A lane's off-heap memory by purpose, its values, and block objects for reuse. Belongs to the lane, but for what its parts say. */
public final class LaneMemory implements AutoCloseable {
    private final BlockPool pool;
    private final BlockPool filePool;
    private final LaneMeta meta;
    private final RootSlots roots;
    private final RedoRecord redo;
    private final BlockUse headers;
    private final BlockUse rows;
    private final BlockUse dedup;
    private final BlockUse idFilters;
    private final BlockUse dictionaries;
    private final BlockUse fileDictionaries;
    private final BlockUse batches;
    private final ValueTable values;
    private long lastUid;
    private final IdBatch ids;
    private final Int2ObjectHashMap<ShardStore> recovered = new Int2ObjectHashMap<>();
    /** Spans that a restart has left and that take rows, the latest first. */
    private final ArrayDeque<Span> unprepared = new ArrayDeque<>();
    /** Shards whose filter of ids lacks some, or has some in vain. */
    private final ArrayDeque<ShardIds> lacking = new ArrayDeque<>();
    private final ArrayDeque<ShardIds> unswept = new ArrayDeque<>();
    private final ArrayDeque<OpenBlock> freeBlocks = new ArrayDeque<>();

    /** Takes the pool over; nothing of it outlives the process. For tests and tools. */
    public LaneMemory(final BlockPool pool, final long valueHashSeed) {
        this(pool, LaneMeta.anonymous(valueHashSeed), 0);
    }

    /** One pool for all. For tests and tools. */
    public LaneMemory(final BlockPool pool, final LaneMeta meta, final long lastUid) {
        this(pool, pool, meta, lastUid);
    }

    /**
     * Takes the pools and the lane's meta data over.
     *
     * @param filePool where dictionaries of files are: not where rows are, for these give room only when their file is taken up.
     * @param lastUid  uids of new segments are greater: the node's incarnation in the upper half.
     */
    public LaneMemory(final BlockPool pool, final BlockPool filePool, final LaneMeta meta, final long lastUid) {
        this.pool = pool;
        this.filePool = filePool;
        this.meta = meta;
        this.rows = pool.use("rows");
        this.dedup = pool.use("dedup");
        this.idFilters = pool.use("id-filters");
        this.dictionaries = pool.use("dictionaries");
        this.fileDictionaries = filePool.use("dictionaries");
        this.batches = pool.use("batches");
        this.headers = pool.use("headers");
        this.roots = new RootSlots(meta, pool);
        this.redo = new RedoRecord(meta, pool);
        this.values = new ValueTable(pool, pool.use("values"), roots, meta.valueHashSeed());
        this.ids = new IdBatch(meta.valueHashSeed());
        this.lastUid = lastUid;
    }

    /** Where blocks come from. */
    public BlockPool pool() {
        return pool;
    }

    /** Distinct values of the lane. */
    public ValueTable values() {
        return values;
    }

    /** Whose the memory is. */
    public LaneMeta meta() {
        return meta;
    }

    /** Where everything that outlives the process begins. */
    public RootSlots roots() {
        return roots;
    }

    /** Makes a batch's commit one step. */
    public RedoRecord redo() {
        return redo;
    }

    /** An empty dictionary of a file, which ends with the process. It takes no memory before the lane adds to it, so any thread may ask. */
    public SegmentDictionary newDictionary() {
        return new SegmentDictionary(filePool, fileDictionaries);
    }

    /** Bytes of blocks that rows hold which are not in files, with the tables of their ids. Any thread. */
    public long unsealedBytes() {
        return rows.usedBytes() + dedup.usedBytes();
    }

    /** Shards that an earlier process has left, by id; whoever takes them over, or lets them go, takes them out. */
    public Int2ObjectHashMap<ShardStore> recovered() {
        return recovered;
    }

    /** Makes some of what a restart has not left, before rows come that wait for it; returns the work done. Lane only, each duty cycle. */
    public int prepareSome() {
        while (!unprepared.isEmpty() && (unprepared.peekFirst().open() == null || unprepared.peekFirst().isPrepared())) {
            unprepared.pollFirst();
        }
        if (!unprepared.isEmpty()) {
            if (!unprepared.peekFirst().prepareSome()) {
                // rows that come will ask for it
                unprepared.clear();
            }
            return 1;
        }
        return enterSome() + sweepSome();
    }

    private int enterSome() {
        while (!lacking.isEmpty() && lacking.peekFirst().isReady()) {
            lacking.pollFirst();
        }
        if (lacking.isEmpty()) {
            return 0;
        }
        if (!lacking.peekFirst().enterSome()) {
            lacking.clear();
        }
        return 1;
    }

    private int sweepSome() {
        while (!unswept.isEmpty() && !unswept.peekFirst().isToSweep()) {
            unswept.pollFirst();
        }
        if (unswept.isEmpty()) {
            return 0;
        }
        unswept.peekFirst().sweepSome();
        return 1;
    }

    /** The shard has segments that were there before the filter of its ids. */
    void enterLater(final ShardIds ids) {
        if (lacking.peekLast() != ids) {
            lacking.add(ids);
        }
    }

    /** The filter has ids of spans that left. */
    void sweepLater(final ShardIds ids) {
        if (unswept.peekLast() != ids) {
            unswept.add(ids);
        }
    }

    /** After a restart: a span that may take rows. */
    void recoverSpan(final Span span) {
        unprepared.addFirst(span);
    }

    /** For a new segment; never used again in the lane. */
    long nextUid() {
        return ++lastUid;
    }

    /** Closes the pool's regions and the meta data; files stay. No thread may use the memory any more. */
    @Override
    public void close() {
        pool.close();
        filePool.close();
        meta.close();
    }

    /** For the ids of the batch at hand, or of rows that a dedup table is rebuilt from. */
    IdBatch ids() {
        return ids;
    }

    /** Of shards and segments. */
    BlockUse headers() {
        return headers;
    }

    BlockUse rows() {
        return rows;
    }

    BlockUse dedup() {
        return dedup;
    }

    BlockUse idFilters() {
        return idFilters;
    }

    BlockUse dictionaries() {
        return dictionaries;
    }

    /** For the batch at hand. */
    BlockUse batches() {
        return batches;
    }

    /**
     * A block of at least so many rows or, if that fits its power of two badly, some fewer; null if there is no room.
     *
     * @param linked dimensions whose rows are to be linked, never changed.
     */
    OpenBlock takeBlock(final int wantedRows, final int dimensionCount, final int metricCount, final int[] linked) {
        final int capacity = BlockLayout.capacity(wantedRows, dimensionCount, metricCount, linked.length, pool.maxBlockBytes());
        final long handle = pool.allocate(rows, BlockLayout.lengthBytes(capacity, dimensionCount, metricCount, linked.length));
        if (handle == BlockPool.NONE) {
            return null;
        }
        final OpenBlock block = freeBlocks.isEmpty() ? new OpenBlock() : freeBlocks.pop();
        block.open(pool, handle, capacity, dimensionCount, metricCount, linked);
        return block;
    }

    /** After a restart: uids up to this are in use. */
    void recoverUids(final long greatestUid) {
        lastUid = Math.max(lastUid, greatestUid);
    }

    /** A block that was there before a restart. */
    OpenBlock recoverBlock(final long handle, final int rows) {
        final OpenBlock block = new OpenBlock();
        block.recover(pool, handle, rows);
        return block;
    }

    /** Room for a Bloom filter of a block's ids, for as long as the block is there; false if there is none. */
    boolean takeIdBloom(final OpenBlock block) {
        block.idBloom(pool.allocate(dedup, IdBloom.lengthBytes(block.capacity())));
        return block.idBloom() != BlockPool.NONE;
    }

    void giveBlock(final OpenBlock block) {
        if (block.idBloom() != BlockPool.NONE) {
            pool.release(dedup, block.idBloom());
            block.idBloom(BlockPool.NONE);
        }
        pool.release(rows, block.handle());
        freeBlocks.push(block);
    }
}
