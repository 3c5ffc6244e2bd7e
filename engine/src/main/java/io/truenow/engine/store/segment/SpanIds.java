package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.hash.IdBloom;
import io.truenow.engine.store.hash.IdFilter;
import io.truenow.engine.store.hash.IdSet;
import io.truenow.engine.store.hash.TimeBits;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Knows which events a span has, for whoever was told by the shard's {@link IdFilter} that it may have one. Belongs to the lane.
 *
 * <p>An id of a row in memory is looked for in the rows themselves: the filter's hint names one block in {@link IdFilter#HINT_END}. Where
 * that is more than one block of a segment each gets an {@link IdBloom} when it was read in vain, so that it is read seldom again. A table
 * of ids is made when so many rows were read in vain or not that the table would have cost less, or when one batch asks for too much:
 * so where few events are repeated there is none, which spares each new event a miss of the cache and its memory; and where many are, all
 * that is done is at most about twice what it would have been with a table from the beginning.
 *
 * <p>Ids of files are looked for in the files, unless the table has them since they were rows in memory. What is off-heap is the table's.
 */
final class SpanIds {
    /** What is entered into the table at once: some tenths of a millisecond. */
    private static final int ROWS_PER_STEP = 4_096;
    private static final int PAGES_PER_STEP = 16;
    /** A row is entered in the time in which so many are read. */
    private static final int WORTH_ROWS = 64;
    /** A look at a block's Bloom filter takes as long as this many rows. */
    private static final int BLOOM_ROWS = 16;
    private static final int ID_BYTES = 2 * Long.BYTES;
    private static final FileSegment[] NO_FILES = new FileSegment[0];
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    /** What is known of an id. */
    enum Match {
        /** No event has it. */
        NONE,
        /** An event has it, with another time. */
        OTHER_TIME,
        /** An event has it, with the same time, or as far as is known. */
        SAME_TIME
    }

    private final LaneMemory memory;
    private final long spanStartUs;
    /** Null before it is worth it. */
    private IdSet table;
    /** Segments with rows that the table lacks, by creation, and the one that takes rows; of the first it has so many blocks, and rows. */
    private final ArrayDeque<OpenSegment> unlisted = new ArrayDeque<>();
    private int blocksListed;
    private int rowsListed;
    /** Files with ids that the table may lack. */
    private FileSegment[] files = NO_FILES;
    /** Since the table had all. */
    private long rowsRead;
    private boolean wantsTable;

    SpanIds(final LaneMemory memory, final long spanStartUs) {
        this.memory = memory;
        this.spanStartUs = spanStartUs;
    }

    void add(final Segment segment) {
        if (segment instanceof OpenSegment open) {
            unlisted.add(open);
        } else {
            files = Arrays.copyOf(files, files.length + 1);
            files[files.length - 1] = (FileSegment) segment;
        }
    }

    /** A file takes the place of some segments. */
    void replace(final Segment[] olds, final FileSegment made) {
        boolean isListed = true;
        for (final Segment old : olds) {
            isListed &= isListed(old);
            remove(old);
        }
        if (!isListed) {
            add(made);
        }
    }

    /** The last row in memory has come to a file: what the table knows the files know, these. */
    void close(final Segment[] filesLeft) {
        close();
        for (final Segment file : filesLeft) {
            add(file);
        }
    }

    void close() {
        if (table != null) {
            table.close();
            table = null;
        }
        unlisted.clear();
        blocksListed = 0;
        rowsListed = 0;
        rowsRead = 0;
        wantsTable = false;
        files = NO_FILES;
    }

    /** Whether ids are looked for in files, whose pages may not be in memory. */
    boolean hasFiles() {
        return files.length > 0;
    }

    /** Whether it can say at once what ids it has; else {@link #listSome} comes first. */
    boolean isReady() {
        return !wantsTable;
    }

    /** From now on the table is to have the rows that are there. */
    void wantTable() {
        wantsTable = true;
    }

    /** Rows that are to be read to look for an id by its {@link IdBatch#word} and hint, at most. A look at a Bloom filter is a few rows. */
    long rowsToRead(final long word, final int hint) {
        long rows = 0;
        for (final OpenSegment segment : unlisted) {
            for (int i = firstBlock(segment, hint); i < segment.blockCount(); i += IdFilter.HINT_END) {
                final OpenBlock block = segment.block(i);
                rows += mayHold(block, word) ? block.rowCount() - firstRow(segment, i) : BLOOM_ROWS;
            }
        }
        return rows;
    }

    /** So many rows are about to be read for one id; false if that is not worth while any more. */
    boolean mayRead(final long rows) {
        rowsRead += rows;
        if (rowsRead > WORTH_ROWS * unlistedRows()) {
            wantTable();
        }
        return isReady();
    }

    /** What is known of an id of a batch, and of its event's time. */
    Match find(final IdBatch batch, final int index, final int hint, final long idHigh, final long idLow, final long eventTimeUs) {
        if (table != null && table.contains(batch, index)) {
            return table.hasOtherTime(batch, index, eventTimeUs) ? Match.OTHER_TIME : Match.SAME_TIME;
        }
        final long word = batch.word(index);
        for (final OpenSegment segment : unlisted) {
            for (int i = firstBlock(segment, hint); i < segment.blockCount(); i += IdFilter.HINT_END) {
                final OpenBlock block = segment.block(i);
                final int row = mayHold(block, word) ? find(block, firstRow(segment, i), idHigh, idLow) : -1;
                if (row >= 0) {
                    return spanStartUs + block.timeOffsetUs(row) == eventTimeUs ? Match.SAME_TIME : Match.OTHER_TIME;
                }
                makeBloom(segment, i);
            }
        }
        for (final FileSegment file : files) {
            final int at = file.indexOfId(idHigh, idLow);
            if (at >= 0) {
                return TimeBits.isOther(file.timeBitsOfId(at), eventTimeUs) ? Match.OTHER_TIME : Match.SAME_TIME;
            }
        }
        return Match.NONE;
    }

    /** Enters some rows into the table, so that the lane never stalls; false if there is no room now. */
    boolean listSome() {
        if (table == null) {
            table = new IdSet(memory.pool(), memory.dedup());
            table.beginExpect(unlistedRows());
        }
        if (table.isExpecting() && !table.expectMore(PAGES_PER_STEP)) {
            table = null;
            return false;
        }
        return table.isExpecting() || listRows();
    }

    private boolean listRows() {
        for (int left = ROWS_PER_STEP; left > 0 && unlistedRows() > 0;) {
            final OpenSegment segment = unlisted.peekFirst();
            if (blocksListed == segment.blockCount()) {
                unlisted.pollFirst();
                blocksListed = 0;
            } else {
                final OpenBlock block = segment.block(blocksListed);
                final int rows = Math.min(left, block.rowCount() - rowsListed);
                if (!list(block, rows)) {
                    return false;
                }
                left -= rows;
                onListed(segment, block, rows);
            }
        }
        if (unlistedRows() == 0) {
            wantsTable = false;
            rowsRead = 0;
        }
        return true;
    }

    private boolean list(final OpenBlock block, final int rows) {
        final IdBatch batch = memory.ids();
        batch.setAll(block.idsAddress() + (long) rowsListed * ID_BYTES, rows);
        for (int i = 0; i < rows; i++) {
            batch.time(i, spanStartUs + block.timeOffsetUs(rowsListed + i));
        }
        if (!table.reserve(batch, 0, rows)) {
            return false;
        }
        table.insert(batch, 0, rows);
        return true;
    }

    private void onListed(final OpenSegment segment, final OpenBlock block, final int rows) {
        rowsListed += rows;
        // to the last block of the segment that takes rows more may come
        if (rowsListed == block.rowCount() && (blocksListed < segment.blockCount() - 1 || !segment.isOpen())) {
            blocksListed++;
            rowsListed = 0;
        }
    }

    /** First block with unlisted rows to which a hint may lead. */
    private int firstBlock(final OpenSegment segment, final int hint) {
        final int from = segment == unlisted.peekFirst() ? blocksListed : 0;
        return from + (hint - from & IdFilter.HINT_END - 1);
    }

    /** First row of a block with unlisted rows that is not listed. */
    private int firstRow(final OpenSegment segment, final int block) {
        return block == blocksListed && segment == unlisted.peekFirst() ? rowsListed : 0;
    }

    /** What the filter is told of a row of a block of a segment. */
    static int hint(final int block) {
        return block & IdFilter.HINT_END - 1;
    }

    /** Whether a block may have an id, as far as is known without reading it. */
    private boolean mayHold(final OpenBlock block, final long word) {
        return block.idBloom() == BlockPool.NONE
            || IdBloom.mayHold(memory.pool().address(block.idBloom()), IdBloom.lengthBytes(block.capacity()), word);
    }

    /** Once a full block was read in vain, where a hint names several; if there is room. */
    private void makeBloom(final OpenSegment segment, final int index) {
        final OpenBlock block = segment.block(index);
        if (segment.blockCount() > IdFilter.HINT_END && index < segment.blockCount() - 1 && block.idBloom() == BlockPool.NONE
            && memory.takeIdBloom(block)) {
            final long bloom = memory.pool().address(block.idBloom());
            final int lengthBytes = IdBloom.lengthBytes(block.capacity());
            IdBloom.clear(bloom, lengthBytes);
            for (int row = 0, rows = block.rowCount(); row < rows; row++) {
                final long at = block.idsAddress() + (long) row * ID_BYTES;
                IdBloom.add(bloom, lengthBytes, memory.ids().word(MEMORY.get(LONG, at), MEMORY.get(LONG, at + Long.BYTES)));
            }
        }
    }

    private static int find(final OpenBlock block, final int from, final long idHigh, final long idLow) {
        final long ids = block.idsAddress();
        for (int row = from, rows = block.rowCount(); row < rows; row++) {
            final long at = ids + (long) row * ID_BYTES;
            if (MEMORY.get(LONG, at + Long.BYTES) == idLow && MEMORY.get(LONG, at) == idHigh) {
                return row;
            }
        }
        return -1;
    }

    /** Rows that the table lacks. */
    long unlistedRows() {
        long rows = 0;
        for (final OpenSegment segment : unlisted) {
            rows += segment.rowCount();
        }
        final OpenSegment first = unlisted.peekFirst();
        return first == null ? 0 : rows - listedRows(first);
    }

    /** Of the first segment. */
    private long listedRows(final OpenSegment first) {
        return blocksListed == first.blockCount() ? first.rowCount() : first.block(blocksListed).firstRow() + rowsListed;
    }

    private boolean isListed(final Segment segment) {
        if (segment instanceof FileSegment file) {
            return Arrays.stream(files).noneMatch(each -> each == file);
        }
        return segment == unlisted.peekFirst() ? listedRows(unlisted.peekFirst()) == segment.rowCount() : !unlisted.contains(segment);
    }

    private void remove(final Segment segment) {
        if (segment == unlisted.peekFirst()) {
            blocksListed = 0;
            rowsListed = 0;
        }
        unlisted.remove(segment);
        files = Arrays.stream(files).filter(each -> each != segment).toArray(FileSegment[]::new);
    }
}
