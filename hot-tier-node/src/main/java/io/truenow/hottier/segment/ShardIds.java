package io.truenow.hottier.segment;

import io.truenow.hottier.hash.IdBatch;
import io.truenow.hottier.hash.IdFilter;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Which events a shard has: the filter over the ids of all its spans, and the spans by tag, which know for certain. Belongs to the lane.
 *
 * <p>After a restart the filter is built of the rows and files that are there, in steps, before the first batch is taken: see {@link
 * #listSome}.
 */
final class ShardIds {
    /** What is done at once: some tenths of a millisecond. */
    private static final int IDS_PER_STEP = IdBatch.MAX_IDS;
    private static final int PAGES_PER_STEP = 8;

    private final LaneMemory memory;
    private final IdFilter filter;
    private final Span[] spans = new Span[IdFilter.TAG_END];
    /** Of segments that were there before the filter: those with ids that it lacks. */
    private final ArrayDeque<Unlisted> unlisted = new ArrayDeque<>();
    /** Blocks or ids of the first of them that it has. */
    private int listed;

    /** Segments that a restart has left. */
    private record Unlisted(Span span, Segment segment) {
    }

    ShardIds(final LaneMemory memory) {
        this.memory = memory;
        this.filter = new IdFilter(memory.pool(), memory.idFilters());
    }

    IdFilter filter() {
        return filter;
    }

    /** The span of a tag, or null. */
    Span span(final int tag) {
        return spans[tag];
    }

    /** A new span. */
    void add(final Span span) {
        span.tag(filter.takeTag());
        spans[span.tag()] = span;
    }

    /** The span leaves with all its segments: its ids may come again. Nothing happens after {@link #close}. */
    void remove(final Span span) {
        if (spans[span.tag()] != span) {
            return;
        }
        dropUnlisted(List.of(span.segments()));
        spans[span.tag()] = null;
        filter.release(span.tag());
        if (filter.hasDead()) {
            memory.sweepLater(this);
        }
    }

    /** A segment that was there before. */
    void addUnlisted(final Span span, final Segment segment) {
        if (segment.rowCount() > 0) {
            unlisted.add(new Unlisted(span, segment));
            memory.listLater(this);
        }
    }

    /** A file takes the place of segments. */
    void replaced(final Span span, final Collection<Segment> olds, final FileSegment made) {
        if (dropUnlisted(olds)) {
            addUnlisted(span, made);
        }
    }

    /** Whether the filter has all ids. */
    boolean isListed() {
        return unlisted.isEmpty();
    }

    /** Lists some of what a restart has left; false if there is no room now. */
    boolean listSome() {
        if (filter.isUnused() && !filter.isExpecting()) {
            long rows = 0;
            for (final Unlisted each : unlisted) {
                rows += each.segment.rowCount();
            }
            filter.beginExpect(rows);
        }
        return filter.isExpecting() ? filter.expectMore(PAGES_PER_STEP) : listIds();
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
        unlisted.clear();
        filter.close();
    }

    private boolean listIds() {
        int left = IDS_PER_STEP;
        while (left > 0 && !unlisted.isEmpty()) {
            final Unlisted first = unlisted.peekFirst();
            final int count = first.segment instanceof OpenSegment open
                ? listBlock(first.span, open) : listFile(first.span, (FileSegment) first.segment, left);
            if (count < 0) {
                return false;
            }
            left -= count;
        }
        return true;
    }

    private int listBlock(final Span span, final OpenSegment segment) {
        final OpenBlock block = segment.block(listed);
        final IdBatch ids = memory.ids();
        ids.setAll(block.idsAddress(), block.rowCount());
        if (!filter.reserve(ids, 0, block.rowCount())) {
            return -1;
        }
        for (int row = 0; row < block.rowCount(); row++) {
            filter.insert(ids, row, span.tag(), IdFilter.timeBits(span.startUs() + block.timeOffsetUs(row)));
        }
        listed++;
        if (listed == segment.blockCount()) {
            next();
        }
        return block.rowCount();
    }

    private int listFile(final Span span, final FileSegment file, final int most) {
        final IdBatch ids = memory.ids();
        final int count = file.readIds(listed, Math.min(most, IdBatch.MAX_IDS), ids);
        if (!filter.reserve(ids, 0, count)) {
            return -1;
        }
        for (int i = 0; i < count; i++) {
            filter.insert(ids, i, span.tag(), file.timeBitsOfId(listed + i));
        }
        listed += count;
        if (listed == file.rowCount()) {
            next();
        }
        return count;
    }

    private void next() {
        unlisted.pollFirst();
        listed = 0;
    }

    /** Whether one of them was among those that are not listed; the filter may have some of their ids, which does no harm. */
    private boolean dropUnlisted(final Collection<Segment> gone) {
        if (unlisted.isEmpty()) {
            return false;
        }
        if (gone.contains(unlisted.peekFirst().segment)) {
            listed = 0;
        }
        return unlisted.removeIf(each -> gone.contains(each.segment));
    }
}
