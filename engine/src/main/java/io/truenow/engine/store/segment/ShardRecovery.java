package io.truenow.engine.store.segment;

import io.truenow.engine.store.meta.RootSlots;
import io.truenow.engine.store.value.DictionaryPage;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.fabric.memory.PoolRecovery;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.LongArrayList;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Takes over the shards and segments that an earlier process has left, in three steps: what lives is found and held at the pool; then, when
 * the pool knows what is free, segments are made of it; at last they are put into their shards. Belongs to the thread that recovers the
 * lane. Any {@link IllegalStateException} means that no lane can have left such memory.
 */
public final class ShardRecovery {
    private static final int MAX_DIMENSIONS = 1 << 16;

    private final LaneMemory memory;
    private final PoolRecovery held;
    private final LongPredicate isInFile;
    private final Int2ObjectHashMap<ShardStore> shards = new Int2ObjectHashMap<>();
    private final List<Found> found = new ArrayList<>();
    private long rowCount;
    private long greatestUid;
    private int segmentsDropped;

    /** A segment with the blocks and dictionary pages that count, and what it becomes. */
    private record Found(long header, int slot, LongArrayList blocks, LongArrayList pages) {
    }

    /**
     * Into an empty lane's memory.
     *
     * @param held     takes the blocks that live.
     * @param isInFile whether a file holds the rows of the segment with a uid: it is dropped then.
     */
    public ShardRecovery(final LaneMemory memory, final PoolRecovery held, final LongPredicate isInFile) {
        this.memory = memory;
        this.held = held;
        this.isInFile = isInFile;
    }

    /** Holds the header of a shard. All shards come before the first segment. */
    public void shard(final long handle, final int slot) {
        final long address = memory.pool().address(handle);
        require(ShardHeader.isHeader(address), "the header of a shard is damaged");
        held.hold(memory.headers(), handle, ShardHeader.lengthBytes(address));
        final ShardStore store = new ShardStore(memory, ShardHeader.shardId(address), ShardHeader.tableId(address));
        require(shards.put(store.shardId(), store) == null, "a shard is there twice");
        store.recover(handle, slot);
    }

    /** Holds what lives of a segment; one without rows, without a shard, or with its rows in a file, is dropped. */
    public void segment(final long handle, final int slot, final RootSlots roots) {
        final long address = memory.pool().address(handle);
        require(OpenSegmentHeader.isHeader(address), "the header of a segment is damaged");
        final long uid = OpenSegmentHeader.uid(address);
        greatestUid = Math.max(greatestUid, uid);
        if (OpenSegmentHeader.rows(address) == 0 || !shards.containsKey(OpenSegmentHeader.shardId(address)) || isInFile.test(uid)) {
            roots.unlink(slot);
            segmentsDropped++;
            return;
        }
        held.hold(memory.headers(), handle, OpenSegmentHeader.lengthBytes(OpenSegmentHeader.positions(address)));
        OpenSegmentHeader.dropUncommitted(memory.pool(), address);
        final Found segment = new Found(handle, slot, new LongArrayList(), new LongArrayList());
        for (long next = OpenSegmentHeader.blocks(address); next != 0;) {
            final long block = checked(next - 1);
            final long at = memory.pool().address(block);
            require(BlockLayout.isBlock(at, uid), "a row block is damaged");
            held.hold(memory.rows(), block, BlockLayout.lengthBytes(at));
            segment.blocks.addLong(block);
            next = BlockLayout.next(at);
        }
        for (long next = OpenSegmentHeader.dictionaries(address); next != 0;) {
            final long page = checked(next - 1);
            final long at = memory.pool().address(page);
            require(DictionaryPage.isPage(at) && DictionaryPage.ordinal(at) < MAX_DIMENSIONS, "a page of a dictionary is damaged");
            held.hold(memory.dictionaries(), page, DictionaryPage.lengthBytes(DictionaryPage.place(at)));
            segment.pages.addLong(page);
            next = DictionaryPage.next(at);
        }
        found.add(segment);
    }

    /** The pool knows what is free, the table of values its pages: makes the segments, in the order of their spans and births. */
    public Collection<ShardStore> finish() {
        found.sort(Comparator.comparingLong((Found segment) -> OpenSegmentHeader.spanStartUs(memory.pool().address(segment.header)))
            .thenComparingLong(segment -> OpenSegmentHeader.uid(memory.pool().address(segment.header))));
        for (final Found segment : found) {
            final long address = memory.pool().address(segment.header);
            final ShardStore shard = shards.get(OpenSegmentHeader.shardId(address));
            final Span span = shard.spanFor(OpenSegmentHeader.spanStartUs(address));
            final OpenSegment made = new OpenSegment(memory, segment.header, segment.slot);
            recoverBlocks(made, segment.blocks, OpenSegmentHeader.rows(address));
            recoverDictionaries(made, segment.pages);
            shard.recover(span, made);
            if (made.isOpen()) {
                memory.recoverSpan(span);
            }
            rowCount += made.rowCount();
        }
        memory.recoverUids(greatestUid);
        return List.copyOf(shards.values());
    }

    /** Segments taken over. */
    public int segmentCount() {
        return found.size();
    }

    /** Segments that were there but did not count. */
    public int segmentsDropped() {
        return segmentsDropped;
    }

    /** Rows taken over. */
    public long rowCount() {
        return rowCount;
    }

    /** Blocks are chained latest first. */
    private void recoverBlocks(final OpenSegment segment, final LongArrayList blocks, final long rows) {
        for (int i = blocks.size() - 1; i >= 0; i--) {
            final long at = memory.pool().address(blocks.getLong(i));
            final long end = i == 0 ? rows : BlockLayout.firstRow(memory.pool().address(blocks.getLong(i - 1)));
            final long count = end - BlockLayout.firstRow(at);
            require(BlockLayout.firstRow(at) == segment.rowCount() && count > 0 && count <= BlockLayout.capacity(at), "rows are missing");
            segment.recoverBlock(blocks.getLong(i), (int) count);
        }
        require(segment.rowCount() == rows, "rows are missing");
    }

    private void recoverDictionaries(final OpenSegment segment, final LongArrayList pages) {
        int count = 0;
        for (int i = 0; i < pages.size(); i++) {
            final long at = memory.pool().address(pages.getLong(i));
            final int ordinal = DictionaryPage.ordinal(at);
            require(DictionaryPage.place(at) < pages.size(), "a page of a dictionary is missing");
            segment.dictionaryFor(ordinal).recoverPage(DictionaryPage.place(at), pages.getLong(i));
            count = Math.max(count, ordinal + 1);
        }
        for (int ordinal = 0; ordinal < count; ordinal++) {
            final SegmentDictionary dictionary = segment.dictionary(ordinal);
            dictionary.recover(memory.values());
        }
    }

    private long checked(final long handle) {
        require(memory.pool().contains(handle, BlockLayout.HEADER_BYTES), "a block lies outside the regions");
        return handle;
    }

    private static void require(final boolean holds, final String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
