package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.hash.IdFilter;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Which events a shard has: the filter over the ids of all its spans, and the spans by tag, which know for certain. Belongs to the lane.
 *
 * <p>After a restart the filter is built of the files and rows that are there, in steps, before the first batch is taken.
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
    /** What was there before the filter and has ids that it lacks. */
    private final ArrayDeque<Found> lacking = new ArrayDeque<>();
    /** Of the first, so many ids of a file, or blocks of a segment in memory, are in it. */
    private int entered;

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
        if (filter.isToSweep()) {
            memory.sweepLater(this);
        }
    }

    /** A segment that was there before. */
    void addFound(final Span span, final Segment segment) {
        if (segment.rowCount() > 0) {
            lacking.add(new Found(span, segment));
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
        return lacking.isEmpty();
    }

    /** Enters some ids of what a restart has left into the filter; false if there is no room now. */
    boolean enterSome() {
        if (filter.isUnused() && !filter.isExpecting()) {
            filter.beginExpect(lackingRows());
        }
        if (filter.isExpecting()) {
            return filter.expectMore(PAGES_PER_STEP);
        }
        return lacking.peekFirst().segment instanceof FileSegment file ? enterFile(file) : enterRows();
    }

    /** Whether tags are short that a sweep makes free. */
    boolean isToSweep() {
        return filter.isToSweep();
    }

    /** Sweeps on. */
    void sweepSome() {
        filter.sweepSome(1);
    }

    /** The shard leaves the lane. */
    void close() {
        Arrays.fill(spans, null);
        lacking.clear();
        entered = 0;
        filter.close();
    }

    private long lackingRows() {
        long count = 0;
        for (final Found each : lacking) {
            count += each.segment.rowCount();
        }
        return count;
    }

    private boolean enterFile(final FileSegment file) {
        final IdBatch ids = memory.ids();
        final int count = file.readIds(entered, IDS_PER_STEP, ids);
        if (!filter.reserve(ids, 0, count)) {
            return false;
        }
        filter.touch(ids, count);
        final int tag = lacking.peekFirst().span.tag();
        for (int i = 0; i < count; i++) {
            filter.insert(ids, i, tag, 0);
        }
        entered += count;
        if (entered == file.rowCount()) {
            onFirstEntered();
        }
        return true;
    }

    private boolean enterRows() {
        int left = IDS_PER_STEP;
        while (left > 0 && !lacking.isEmpty() && lacking.peekFirst().segment instanceof OpenSegment segment) {
            final OpenBlock block = segment.block(entered);
            final IdBatch ids = memory.ids();
            final int count = block.rowCount();
            ids.setAll(block.idsAddress(), count);
            if (!filter.reserve(ids, 0, count)) {
                return false;
            }
            filter.touch(ids, count);
            final int tag = lacking.peekFirst().span.tag();
            for (int row = 0; row < count; row++) {
                filter.insert(ids, row, tag, SpanIds.hint(entered));
            }
            left -= count;
            entered++;
            if (entered == segment.blockCount()) {
                onFirstEntered();
            }
        }
        return true;
    }

    private void onFirstEntered() {
        lacking.pollFirst();
        entered = 0;
    }

    /** Whether one of them was among those that are not entered; the filter may have some of their ids, which does no harm. */
    private boolean dropFound(final Collection<Segment> gone) {
        if (!lacking.isEmpty() && gone.contains(lacking.peekFirst().segment)) {
            entered = 0;
        }
        return lacking.removeIf(each -> gone.contains(each.segment));
    }
}
