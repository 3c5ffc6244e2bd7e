package io.truenow.hottier.segment;

import io.truenow.hottier.hash.IdBatch;
import io.truenow.hottier.hash.IdFilter;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which events a shard has: the filter over the ids of all its spans, and the spans by tag, which know for certain. Belongs to the lane.
 *
 * <p>After a restart the filter is built of the files and rows that are there, in steps: of the files before the first batch is taken, of
 * the rows later, for which the tables of their spans are asked until then.
 */
final class ShardIds {
    /** What is done at once: some tenths of a millisecond. */
    private static final int IDS_PER_STEP = IdBatch.MAX_IDS;
    private static final int PAGES_PER_STEP = 8;

    private final LaneMemory memory;
    private final IdFilter filter;
    /** By tag, the first of those that share it. */
    private Span[] spans = new Span[4];
    private int lastShared;
    /** Of files and of segments in memory that were there before the filter: those with ids that it lacks. */
    private final ArrayDeque<Found> files = new ArrayDeque<>();
    private final ArrayDeque<Found> rows = new ArrayDeque<>();
    /** Ids of the first file, and blocks of the first of the others, that it has. */
    private int idsEntered;
    private int blocksEntered;

    /** Segments that a restart has left. */
    private record Found(Span span, Segment segment) {
    }

    ShardIds(final LaneMemory memory) {
        this.memory = memory;
        this.filter = new IdFilter(memory.pool(), memory.idFilters());
    }

    IdFilter filter() {
        return filter;
    }

    /** The first span of a tag, which knows of the others. */
    Span span(final int tag) {
        return spans[tag];
    }

    /** A new span. Where a clock was wrong there may be more of them than tags: some share one then. */
    void add(final Span span) {
        int tag = filter.takeTag();
        if (tag == IdFilter.NO_TAG) {
            tag = lastShared;
            do {
                tag = tag + 1 & IdFilter.TAG_END - 1;
            }
            while (tag == IdFilter.NO_TAG || spans[tag] == null);
            lastShared = tag;
        }
        if (tag >= spans.length) {
            spans = Arrays.copyOf(spans, Math.max(tag + 1, spans.length * 2));
        }
        span.tag(tag, spans[tag]);
        spans[tag] = span;
    }

    /** The span leaves with all its segments: its ids may come again. Nothing happens after {@link #close}. */
    void remove(final Span span) {
        final int tag = span.tag();
        if (spans[tag] == null) {
            return;
        }
        dropFound(List.of(span.segments()));
        if (spans[tag] == span) {
            spans[tag] = span.sameTag();
        } else {
            Span before = spans[tag];
            while (before.sameTag() != span) {
                before = before.sameTag();
            }
            before.tag(tag, span.sameTag());
        }
        if (spans[tag] == null) {
            filter.release(tag);
        }
        if (filter.hasDead()) {
            memory.sweepLater(this);
        }
    }

    /** A segment that was there before. */
    void addFound(final Span span, final Segment segment) {
        if (segment.rowCount() > 0) {
            (segment instanceof FileSegment ? files : rows).add(new Found(span, segment));
            memory.enterLater(this);
        }
    }

    /** A file takes the place of segments. */
    void replaced(final Span span, final Collection<Segment> olds, final FileSegment made) {
        if (dropFound(olds)) {
            addFound(span, made);
        }
    }

    /** Whether it can say what events there are. */
    boolean isReady() {
        return files.isEmpty() && (rows.isEmpty() || !filter.isExpecting() && !filter.isUnused());
    }

    /** Whether the filter has all ids. */
    boolean isEntered() {
        return files.isEmpty() && rows.isEmpty();
    }

    /** Asks of the span of each segment in memory whose ids the filter may lack, a span perhaps twice, until one answers false. */
    boolean forEachLacking(final Predicate<Span> action) {
        for (final Found each : rows) {
            if (!action.test(each.span)) {
                return false;
            }
        }
        return true;
    }

    /** Enters some ids of what a restart has left into the filter; false if there is no room now. */
    boolean enterSome() {
        if (filter.isUnused() && !filter.isExpecting()) {
            filter.beginExpect(rowsOf(files) + rowsOf(rows));
        }
        if (filter.isExpecting()) {
            return filter.expectMore(PAGES_PER_STEP);
        }
        return files.isEmpty() ? enterRows() : enterFile();
    }

    /** Whether the filter has room of spans that left. */
    boolean hasDead() {
        return filter.hasDead();
    }

    /** Makes some of that room free. */
    void sweepSome() {
        filter.sweepSome(1);
    }

    /** The shard leaves the lane. */
    void close() {
        Arrays.fill(spans, null);
        files.clear();
        rows.clear();
        filter.close();
    }

    private static long rowsOf(final Collection<Found> segments) {
        long count = 0;
        for (final Found each : segments) {
            count += each.segment.rowCount();
        }
        return count;
    }

    private boolean enterFile() {
        final Found first = files.peekFirst();
        final FileSegment file = (FileSegment) first.segment;
        final IdBatch ids = memory.ids();
        final int count = file.readIds(idsEntered, IDS_PER_STEP, ids);
        if (!filter.reserve(ids, 0, count)) {
            return false;
        }
        filter.touch(ids, count);
        for (int i = 0; i < count; i++) {
            filter.insert(ids, i, first.span.tag(), file.timeBitsOfId(idsEntered + i));
        }
        idsEntered += count;
        if (idsEntered == file.rowCount()) {
            files.pollFirst();
            idsEntered = 0;
        }
        return true;
    }

    private boolean enterRows() {
        int left = IDS_PER_STEP;
        while (left > 0 && !rows.isEmpty()) {
            final Found first = rows.peekFirst();
            final OpenSegment segment = (OpenSegment) first.segment;
            final OpenBlock block = segment.block(blocksEntered);
            final IdBatch ids = memory.ids();
            final int count = block.rowCount();
            ids.setAll(block.idsAddress(), count);
            if (!filter.reserve(ids, 0, count)) {
                return false;
            }
            filter.touch(ids, count);
            for (int row = 0; row < count; row++) {
                filter.insert(ids, row, first.span.tag(), IdFilter.timeBits(first.span.startUs() + block.timeOffsetUs(row)));
            }
            left -= count;
            blocksEntered++;
            if (blocksEntered == segment.blockCount()) {
                rows.pollFirst();
                blocksEntered = 0;
            }
        }
        return true;
    }

    /** Whether one of them was among those that are not entered; the filter may have some of their ids, which does no harm. */
    private boolean dropFound(final Collection<Segment> gone) {
        if (!files.isEmpty() && gone.contains(files.peekFirst().segment)) {
            idsEntered = 0;
        }
        if (!rows.isEmpty() && gone.contains(rows.peekFirst().segment)) {
            blocksEntered = 0;
        }
        return files.removeIf(each -> gone.contains(each.segment)) | rows.removeIf(each -> gone.contains(each.segment));
    }
}
