package io.truenow.engine.store.segment;

import io.truenow.engine.store.meta.RedoRecord;
import io.truenow.engine.store.meta.RootKind;
import io.truenow.engine.store.meta.RootSlots;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.value.RowChains;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.fabric.memory.BlockPool;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Rows in order of arrival, with a dictionary for each dimension. The lane writes; the query agent
 * reads below its cut. It outlives the process: see {@link OpenSegmentHeader}, {@link BlockLayout} and {@code DictionaryPage}.
 */
public final class OpenSegment extends Segment {
    /** Rows of dimensions with so many values are linked. */
    private static final int MANY_VALUES = 1_024;
    /** Each costs a lane some nanoseconds a row, and memory. */
    private static final int MAX_LINKED = 4;

    private final LaneMemory memory;
    private final long header;
    private final long headerAddress;
    private int slot;
    private final ShardVector birth;
    private final ArrayDeque<OpenBlock> spares = new ArrayDeque<>();
    private int spareRows;
    /** Volatile: a reader that sees a new array must see its elements. Elements below the published block count never change. */
    private volatile OpenBlock[] blocks = new OpenBlock[4];
    private volatile SegmentDictionary[] dictionaries = new SegmentDictionary[0];
    /** Dimensions whose rows are linked in new blocks, and their chains; the chains are told last. */
    private int[] linked = OpenBlock.NO_LINKS;
    private volatile RowChains[] chains = new RowChains[0];
    private int blockCount;
    private long rowCount;
    private volatile boolean open;
    private boolean isHeaderHeld = true;

    /** Over a header that has a root slot. */
    OpenSegment(final LaneMemory memory, final long header, final int slot) {
        super(OpenSegmentHeader.uid(memory.pool().address(header)), OpenSegmentHeader.spanStartUs(memory.pool().address(header)));
        this.memory = memory;
        this.header = header;
        this.headerAddress = memory.pool().address(header);
        this.slot = slot;
        this.birth = OpenSegmentHeader.birth(headerAddress);
        this.open = !OpenSegmentHeader.isFrozen(headerAddress);
    }

    /**
     * An empty segment.
     *
     * @param birth where the shard is: all rows come of later batches.
     * @return null if there is no room for its header.
     */
    static OpenSegment make(
        final LaneMemory memory, final int shardId, final long spanStartUs, final ShardVector birth) {
        final long header = memory.pool().allocate(memory.headers(), OpenSegmentHeader.lengthBytes(birth.size()));
        if (header == BlockPool.NONE) {
            return null;
        }
        OpenSegmentHeader.write(memory.pool().address(header), memory.nextUid(), spanStartUs, shardId, birth);
        final int slot = memory.roots().link(RootKind.SEGMENT, shardId, header);
        if (slot == RootSlots.NONE) {
            memory.pool().release(memory.headers(), header);
            return null;
        }
        return new OpenSegment(memory, header, slot);
    }

    @Override
    public OpenBlock block(final int index) {
        return blocks[index];
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public SegmentDictionary dictionary(final int ordinal) {
        final SegmentDictionary[] current = dictionaries;
        return ordinal < current.length ? current[ordinal] : null;
    }

    /** The chains of a dimension's rows, or null. */
    public RowChains chains(final int ordinal) {
        final RowChains[] current = chains;
        return ordinal < current.length ? current[ordinal] : null;
    }

    @Override
    public boolean freeSome(final int limit) {
        int freed = 0;
        while (blockCount > 0 && freed < limit) {
            memory.giveBlock(blocks[--blockCount]);
            freed++;
        }
        while (!spares.isEmpty()) {
            memory.giveBlock(takeSpare());
        }
        for (final int ordinal : linked) {
            chains[ordinal].close();
        }
        linked = OpenBlock.NO_LINKS;
        for (final SegmentDictionary dictionary : dictionaries) {
            if (freed < limit) {
                freed += dictionary.closeSome(memory.values(), limit - freed);
            }
        }
        if (freed < limit && isHeaderHeld) {
            unlink();
            memory.pool().release(memory.headers(), header);
            isHeaderHeld = false;
        }
        return freed < limit;
    }

    /** At a restart it would not be there any more: it has left its shard, or a file has taken its place. */
    void unlink() {
        if (slot != RootSlots.NONE) {
            memory.roots().unlink(slot);
            slot = RootSlots.NONE;
        }
    }

    /** Adds to a commit that all its rows count. */
    void commit(final RedoRecord redo) {
        redo.add(header + OpenSegmentHeader.ROWS_OFFSET, rowCount);
    }

    /** After a restart: a block of the chain, in order; so many of its rows were committed. */
    void recoverBlock(final long handle, final int rows) {
        final OpenBlock block = memory.recoverBlock(handle, rows);
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, blockCount * 2);
        }
        blocks[blockCount++] = block;
        rowCount += rows;
    }

    /** Whether there is all that appending needs. */
    boolean isPrepared() {
        for (final SegmentDictionary dictionary : dictionaries) {
            if (!dictionary.isIndexed()) {
                return false;
            }
        }
        return true;
    }

    /** Makes some of what appending needs and a restart has not left, at most for so many values; false if there is no room now. */
    boolean prepareSome(final int limit) {
        for (final SegmentDictionary dictionary : dictionaries) {
            if (!dictionary.isIndexed()) {
                return dictionary.buildIndex(limit);
            }
        }
        return true;
    }

    @Override
    public int blockCount() {
        return blockCount;
    }

    /** All its rows come of batches later than this. Lane only. */
    ShardVector birth() {
        return birth;
    }

    @Override
    public long rowCount() {
        return rowCount;
    }

    void publish() {
        publish(rowCount, blockCount);
    }

    /** No row will come any more: lets go what only appending needs. */
    void closeForAppends() {
        open = false;
        OpenSegmentHeader.freeze(headerAddress);
        while (!spares.isEmpty()) {
            memory.giveBlock(takeSpare());
        }
        for (final SegmentDictionary dictionary : dictionaries) {
            dictionary.seal();
        }
    }

    /** The dictionary of a dimension, made if need be. */
    SegmentDictionary dictionaryFor(final int ordinal) {
        final SegmentDictionary[] current = dictionaries;
        if (ordinal < current.length) {
            return current[ordinal];
        }
        final SegmentDictionary[] longer = Arrays.copyOf(current, ordinal + 1);
        for (int i = current.length; i <= ordinal; i++) {
            longer[i] = new SegmentDictionary(
                memory.pool(), memory.dictionaries(), i, headerAddress + OpenSegmentHeader.DICTIONARIES_OFFSET);
        }
        dictionaries = longer;
        return longer[ordinal];
    }

    /**
     * Sees to room for rows; false if there is none.
     *
     * @param dimensionLimit  dimensions that the rows may have values of, and so a block must have; likewise metrics.
     * @param newDimensions  dimensions of the blocks that are made for them; likewise metrics.
     */
    boolean reserveRows(
        final int rows, final int dimensionLimit, final int metricLimit, final int newDimensions, final int newMetrics) {
        while (!spares.isEmpty() && !suits(spares.peekFirst(), dimensionLimit, metricLimit)) {
            memory.giveBlock(takeSpare());
        }
        final OpenBlock last = blockCount == 0 ? null : blocks[blockCount - 1];
        long room = last != null && suits(last, dimensionLimit, metricLimit) ? last.freeRows() : 0;
        room += spareRows;
        while (room < rows) {
            final long doubling = Math.min(rowCount, BlockLayout.MAX_ROWS);
            final int wanted = (int) Math.max(doubling, Math.min(rows - room, BlockLayout.MAX_ROWS));
            linkMore();
            final OpenBlock block = memory.takeBlock(wanted, newDimensions, newMetrics, linked);
            if (block == null) {
                return false;
            }
            spares.addLast(block);
            spareRows += block.freeRows();
            room += block.freeRows();
        }
        return true;
    }

    /** Sees to chains for all values that the dictionaries have room for, as far as there is room. */
    void reserveChains() {
        for (final int ordinal : linked) {
            chains[ordinal].reserve(dictionaries[ordinal].entryLimit() + 1);
        }
    }

    /** Links the rows that were just written to the last block, before they are appended. */
    void link(final OpenBlock block, final int ordinal, final int count) {
        final RowChains rows = chains(ordinal);
        if (rows != null) {
            final long before = (long) block.rowCount() * Integer.BYTES;
            final long links = block.linksAddress(ordinal);
            rows.add(
                block.codesAddress(ordinal) + before, links == 0 ? 0 : links + before, blockCount - 1, block.rowCount(), count, rowCount);
        }
    }

    /** A block with room for a row that has values for these columns; rows were reserved. */
    OpenBlock openBlock(final int dimensionCount, final int metricCount) {
        final OpenBlock last = blockCount == 0 ? null : blocks[blockCount - 1];
        if (last != null && last.freeRows() > 0 && suits(last, dimensionCount, metricCount)) {
            return last;
        }
        final OpenBlock next = takeSpare();
        next.link(uid(), rowCount, headerAddress + OpenSegmentHeader.BLOCKS_OFFSET);
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, blockCount * 2);
        }
        blocks[blockCount++] = next;
        return next;
    }

    void onAppended(final int rows) {
        rowCount += rows;
    }

    /** From now on blocks have links for dimensions that have come to many values. */
    private void linkMore() {
        final SegmentDictionary[] current = dictionaries;
        for (int ordinal = 0; ordinal < current.length && linked.length < MAX_LINKED; ordinal++) {
            if (current[ordinal].size() >= MANY_VALUES && chains(ordinal) == null) {
                linked = Arrays.copyOf(linked, linked.length + 1);
                linked[linked.length - 1] = ordinal;
                final RowChains[] longer = Arrays.copyOf(chains, Math.max(chains.length, ordinal + 1));
                longer[ordinal] = new RowChains(memory.pool(), memory.dictionaries(), rowCount);
                chains = longer;
            }
        }
    }

    private OpenBlock takeSpare() {
        final OpenBlock spare = spares.pop();
        spareRows -= spare.freeRows();
        return spare;
    }

    private static boolean suits(final OpenBlock block, final int dimensionCount, final int metricCount) {
        return block.dimensionCount() >= dimensionCount && block.metricCount() >= metricCount;
    }
}
