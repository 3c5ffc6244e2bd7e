package io.truenow.hottier.segment;

import io.truenow.hottier.hash.IdSet;
import io.truenow.hottier.value.SegmentDictionary;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The rows of one shard and span, in order of arrival, with the dedup table of the span and a dictionary for each dimension. The lane
 * writes; the query agent sees what {@link ShardCut} took of it. When the span is over, or the shard leaves, it goes by message to the
 * query agent, which sends it back when no query uses it; then, and only then, the lane frees it.
 */
public final class Segment {
    private final LaneMemory memory;
    private final long spanStartUs;
    private final IdSet ids;
    private final ArrayDeque<Block> spares = new ArrayDeque<>();
    /** Volatile: a reader that sees a new array must see its elements. Elements below the published block count never change. */
    private volatile Block[] blocks = new Block[4];
    private volatile SegmentDictionary[] dictionaries = new SegmentDictionary[0];
    private int blockCount;
    private long rowCount;

    /** Of the last publication: written and read under the shard's sequence lock only. */
    private long publishedRows;
    private int publishedBlocks;

    /** Of the query agent alone. */
    private int readers;
    private boolean retired;

    Segment(final LaneMemory memory, final long spanStartUs) {
        this.memory = memory;
        this.spanStartUs = spanStartUs;
        this.ids = new IdSet(memory.pool(), memory.dedup());
    }

    /** Start of its span. */
    public long spanStartUs() {
        return spanStartUs;
    }

    /** A block below the block count of a cut. */
    public Block block(final int index) {
        return blocks[index];
    }

    /** The dictionary of a dimension, or null if no row has it. */
    public SegmentDictionary dictionary(final int ordinal) {
        final SegmentDictionary[] current = dictionaries;
        return ordinal < current.length ? current[ordinal] : null;
    }

    /** A query took a cut that holds it. Query agent only. */
    public void acquire() {
        readers++;
    }

    /** A query is done with it; true if it is retired and this was the last. Query agent only. */
    public boolean release() {
        return --readers == 0 && retired;
    }

    /** It has left its shard; true if no query uses it. Query agent only. */
    public boolean retire() {
        retired = true;
        return readers == 0;
    }

    /** Frees its memory. Lane only, after the query agent sent it back. */
    public void free() {
        ids.close();
        for (int i = 0; i < blockCount; i++) {
            memory.giveBlock(blocks[i]);
        }
        blockCount = 0;
        while (!spares.isEmpty()) {
            memory.giveBlock(spares.pop());
        }
        for (final SegmentDictionary dictionary : dictionaries) {
            dictionary.close(memory.values());
        }
    }

    IdSet ids() {
        return ids;
    }

    long rowCount() {
        return rowCount;
    }

    void publish() {
        publishedRows = rowCount;
        publishedBlocks = blockCount;
    }

    long publishedRows() {
        return publishedRows;
    }

    int publishedBlocks() {
        return publishedBlocks;
    }

    /** No row will come any more: lets go what only appending needs. */
    void closeForAppends() {
        ids.close();
        while (!spares.isEmpty()) {
            memory.giveBlock(spares.pop());
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
            longer[i] = new SegmentDictionary(memory.pool(), memory.dictionaries());
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
            memory.giveBlock(spares.pop());
        }
        final Block open = blockCount == 0 ? null : blocks[blockCount - 1];
        long room = open != null && suits(open, dimensionLimit, metricLimit) ? open.freeRows() : 0;
        for (final Block spare : spares) {
            room += spare.freeRows();
        }
        while (room < rows) {
            final long doubling = Math.min(rowCount, BlockLayout.MAX_ROWS);
            final int wanted = (int) Math.max(doubling, Math.min(rows - room, BlockLayout.MAX_ROWS));
            final Block block = memory.takeBlock(wanted, newDimensions, newMetrics);
            if (block == null) {
                return false;
            }
            spares.addLast(block);
            room += block.freeRows();
        }
        return true;
    }

    /** A block with room for a row that has values for these columns; rows were reserved. */
    Block openBlock(final int dimensionCount, final int metricCount) {
        final Block open = blockCount == 0 ? null : blocks[blockCount - 1];
        if (open != null && open.freeRows() > 0 && suits(open, dimensionCount, metricCount)) {
            return open;
        }
        final Block next = spares.pollFirst();
        next.firstRow(rowCount);
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, blockCount * 2);
        }
        blocks[blockCount++] = next;
        return next;
    }

    void onAppended(final int rows) {
        rowCount += rows;
    }

    private static boolean suits(final Block block, final int dimensionCount, final int metricCount) {
        return block.dimensionCount() >= dimensionCount && block.metricCount() >= metricCount;
    }
}
