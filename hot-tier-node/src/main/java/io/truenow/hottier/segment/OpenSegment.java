package io.truenow.hottier.segment;

import io.truenow.hottier.hash.IdSet;
import io.truenow.hottier.value.SegmentDictionary;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Rows in order of arrival, with a dictionary for each dimension; the dedup table is that of the span. The lane writes; the query agent
 * reads below its cut.
 */
public final class OpenSegment extends Segment {
    private final LaneMemory memory;
    private final IdSet ids;
    private final ShardVector birth;
    private final ArrayDeque<OpenBlock> spares = new ArrayDeque<>();
    /** Volatile: a reader that sees a new array must see its elements. Elements below the published block count never change. */
    private volatile OpenBlock[] blocks = new OpenBlock[4];
    private volatile SegmentDictionary[] dictionaries = new SegmentDictionary[0];
    private int blockCount;
    private long rowCount;
    private volatile boolean open = true;

    /**
     * An empty segment.
     *
     * @param ids   the span's dedup table, see {@link Span}.
     * @param birth where the shard was: all rows come of later batches.
     */
    OpenSegment(final LaneMemory memory, final long uid, final long spanStartUs, final IdSet ids, final ShardVector birth) {
        super(uid, spanStartUs);
        this.memory = memory;
        this.ids = ids;
        this.birth = birth;
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

    @Override
    public boolean freeSome(final int limit) {
        int freed = 0;
        while (blockCount > 0 && freed < limit) {
            memory.giveBlock(blocks[--blockCount]);
            freed++;
        }
        while (!spares.isEmpty()) {
            memory.giveBlock(spares.pop());
        }
        for (final SegmentDictionary dictionary : dictionaries) {
            if (freed < limit) {
                freed += dictionary.closeSome(memory.values(), limit - freed);
            }
        }
        return freed < limit;
    }

    IdSet ids() {
        return ids;
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
        final OpenBlock last = blockCount == 0 ? null : blocks[blockCount - 1];
        long room = last != null && suits(last, dimensionLimit, metricLimit) ? last.freeRows() : 0;
        for (final OpenBlock spare : spares) {
            room += spare.freeRows();
        }
        while (room < rows) {
            final long doubling = Math.min(rowCount, BlockLayout.MAX_ROWS);
            final int wanted = (int) Math.max(doubling, Math.min(rows - room, BlockLayout.MAX_ROWS));
            final OpenBlock block = memory.takeBlock(wanted, newDimensions, newMetrics);
            if (block == null) {
                return false;
            }
            spares.addLast(block);
            room += block.freeRows();
        }
        return true;
    }

    /** A block with room for a row that has values for these columns; rows were reserved. */
    OpenBlock openBlock(final int dimensionCount, final int metricCount) {
        final OpenBlock last = blockCount == 0 ? null : blocks[blockCount - 1];
        if (last != null && last.freeRows() > 0 && suits(last, dimensionCount, metricCount)) {
            return last;
        }
        final OpenBlock next = spares.pollFirst();
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

    private static boolean suits(final OpenBlock block, final int dimensionCount, final int metricCount) {
        return block.dimensionCount() >= dimensionCount && block.metricCount() >= metricCount;
    }
}
