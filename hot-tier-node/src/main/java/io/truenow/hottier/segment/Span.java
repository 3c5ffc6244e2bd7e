package io.truenow.hottier.segment;

import io.truenow.hottier.hash.IdBatch;
import io.truenow.hottier.hash.IdSet;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * A shard's rows of one span, in whatever form they are: at most one segment that takes rows, some that are frozen, some in files. Knows
 * whether an event is there. Belongs to the lane.
 *
 * <p>As long as rows of the span are not in files there is a table of ids. It holds at least those rows' ids; ids of segments that were
 * sealed meanwhile stay in it. When the last row is in a file the table goes, and late rows, with which a new one begins, are looked for in
 * the files besides.
 */
public final class Span {
    private static final FileSegment[] NO_FILES = new FileSegment[0];
    /** What is made of a table of ids, or of a lookup, at once: some tenths of a millisecond. */
    private static final int ROWS_PER_STEP = 4_096;
    private static final int PAGES_PER_STEP = 16;

    private final LaneMemory memory;
    private final long startUs;
    private int tag;
    /** Another span with the same tag, or null. */
    private Span sameTag;
    /** By creation. */
    private Segment[] segments = new Segment[0];
    private OpenSegment open;
    /** Null while all rows are in files. */
    private IdSet ids;
    /** Left by a restart, with ids that the table lacks; of the first, those of so many blocks are there. */
    private final ArrayDeque<OpenSegment> unread = new ArrayDeque<>();
    private int blocksRead;
    /** Files with ids that the table may lack. */
    private FileSegment[] unlisted = NO_FILES;

    private long rowsSeen;
    private long quietSinceNs;
    private OpenSegment openSeen;
    private long openSinceNs;

    Span(final LaneMemory memory, final long startUs) {
        this.memory = memory;
        this.startUs = startUs;
    }

    /** Its first microsecond. */
    public long startUs() {
        return startUs;
    }

    /** What the filter of the shard's ids says of it. */
    int tag() {
        return tag;
    }

    void tag(final int newTag, final Span others) {
        tag = newTag;
        sameTag = others;
    }

    Span sameTag() {
        return sameTag;
    }

    /** How many segments it has. */
    public int segmentCount() {
        return segments.length;
    }

    /** A segment, by creation. */
    public Segment segment(final int index) {
        return segments[index];
    }

    /** The segment that takes rows, or null. */
    public OpenSegment open() {
        return open;
    }

    /** Whether some rows are in files. */
    public boolean hasFiles() {
        for (final Segment segment : segments) {
            if (segment instanceof FileSegment) {
                return true;
            }
        }
        return false;
    }

    /** Rows of all segments. */
    public long rowCount() {
        long rows = 0;
        for (final Segment segment : segments) {
            rows += segment.rowCount();
        }
        return rows;
    }

    /** Rows of all segments are earlier; its start if there are none. Microseconds since the epoch. */
    public long endUs() {
        int offsetUs = -1;
        for (final Segment segment : segments) {
            offsetUs = Math.max(offsetUs, segment.maxOffsetUs());
        }
        return startUs + offsetUs + 1;
    }

    /** So long no row has come, as far as was seen by asking this now and then, in nanoseconds. */
    public long quietNs(final long nowNs) {
        final long rows = rowCount();
        if (rows != rowsSeen || quietSinceNs == 0) {
            rowsSeen = rows;
            quietSinceNs = nowNs;
        }
        return nowNs - quietSinceNs;
    }

    /** So long its open segment has been there, as far as was seen by asking this now and then, in nanoseconds; 0 if there is none. */
    public long openNs(final long nowNs) {
        if (openSeen != open) {
            openSeen = open;
            openSinceNs = nowNs;
        }
        return nowNs - openSinceNs;
    }

    /** Whether ids must be looked for in files. */
    boolean hasUnlistedFiles() {
        return unlisted.length > 0;
    }

    /** Whether it can say what ids it has. */
    boolean knowsIds() {
        return unread.isEmpty();
    }

    /** Whether an id of a batch is in the table. */
    boolean isListed(final IdBatch batch, final int index) {
        return ids != null && ids.contains(batch, index);
    }

    /** Whether it has an id of a batch. */
    boolean contains(final IdBatch batch, final int index, final long idHigh, final long idLow) {
        if (isListed(batch, index)) {
            return true;
        }
        for (final FileSegment file : unlisted) {
            if (file.containsId(idHigh, idLow)) {
                return true;
            }
        }
        return false;
    }

    /** The table of ids, made if need be. */
    IdSet ids() {
        if (ids == null) {
            ids = new IdSet(memory.pool(), memory.dedup());
        }
        return ids;
    }

    /** After a restart: a segment of memory, whose ids are not in the table yet. */
    void recover(final OpenSegment segment) {
        add(segment);
        if (segment.rowCount() > 0) {
            unread.add(segment);
        }
    }

    /** Whether rows may come: what a restart has not left is there. */
    boolean isPrepared() {
        return unread.isEmpty() && (open == null || open.isPrepared());
    }

    /** Makes some of what a restart has not left, so that the lane never stalls; false if there is no room now. */
    boolean prepareSome() {
        if (unread.isEmpty()) {
            return open.prepareSome(ROWS_PER_STEP);
        }
        if (ids().isUnused()) {
            long rows = 0;
            for (final OpenSegment segment : unread) {
                rows += segment.rowCount();
            }
            ids.beginExpect(rows);
            return ids.expectMore(PAGES_PER_STEP);
        }
        return ids.isExpecting() ? ids.expectMore(PAGES_PER_STEP) : readIds();
    }

    private boolean readIds() {
        for (int rows = 0; rows < ROWS_PER_STEP && !unread.isEmpty();) {
            final OpenSegment segment = unread.peekFirst();
            final OpenBlock block = segment.block(blocksRead);
            if (!insertIds(block)) {
                return false;
            }
            rows += block.rowCount();
            blocksRead++;
            if (blocksRead == segment.blockCount()) {
                unread.pollFirst();
                blocksRead = 0;
            }
        }
        return true;
    }

    private boolean insertIds(final OpenBlock block) {
        final IdBatch batch = memory.ids();
        batch.setAll(block.idsAddress(), block.rowCount());
        if (!ids.reserve(batch, 0, block.rowCount())) {
            return false;
        }
        ids.insert(batch, 0, block.rowCount());
        return true;
    }

    Segment[] segments() {
        return segments;
    }

    void add(final Segment segment) {
        segments = Arrays.copyOf(segments, segments.length + 1);
        segments[segments.length - 1] = segment;
        if (segment instanceof OpenSegment taking && taking.isOpen()) {
            open = taking;
        } else if (segment instanceof FileSegment file) {
            unlist(file);
        }
    }

    /** No row comes to the open segment any more. */
    OpenSegment freeze() {
        final OpenSegment frozen = open;
        open = null;
        frozen.closeForAppends();
        return frozen;
    }

    /** Others take the place of some segments: of the first of them. */
    void replace(final Segment[] olds, final FileSegment made) {
        final Segment[] next = new Segment[segments.length - olds.length + 1];
        int count = 0;
        boolean isPlaced = false;
        boolean isListed = true;
        for (final Segment segment : segments) {
            if (!contains(olds, segment)) {
                next[count++] = segment;
            } else {
                isListed &= !contains(unlisted, segment) && !unread.contains(segment);
                if (!isPlaced) {
                    isPlaced = true;
                    next[count++] = made;
                }
            }
        }
        segments = next;
        if (contains(olds, unread.peekFirst())) {
            blocksRead = 0;
        }
        unread.removeAll(List.of(olds));
        FileSegment[] left = NO_FILES;
        for (final FileSegment file : unlisted) {
            if (!contains(olds, file)) {
                left = Arrays.copyOf(left, left.length + 1);
                left[left.length - 1] = file;
            }
        }
        unlisted = left;
        if (!isListed) {
            unlist(made);
        }
        if (!hasRowsInMemory()) {
            closeIds();
            unlisted = NO_FILES;
            for (final Segment segment : segments) {
                unlist((FileSegment) segment);
            }
        }
    }

    void closeIds() {
        if (ids != null) {
            ids.close();
            ids = null;
        }
        unread.clear();
    }

    private boolean hasRowsInMemory() {
        for (final Segment segment : segments) {
            if (segment instanceof OpenSegment) {
                return true;
            }
        }
        return false;
    }

    private void unlist(final FileSegment file) {
        unlisted = Arrays.copyOf(unlisted, unlisted.length + 1);
        unlisted[unlisted.length - 1] = file;
    }

    private static boolean contains(final Segment[] array, final Segment sought) {
        for (final Segment segment : array) {
            if (segment == sought) {
                return true;
            }
        }
        return false;
    }
}
