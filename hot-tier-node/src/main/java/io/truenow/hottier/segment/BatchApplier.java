package io.truenow.hottier.segment;

import io.truenow.client.batch.BatchView;
import io.truenow.hottier.hash.IdBatch;
import io.truenow.hottier.shard.Spans;

/**
 * Puts batches into a shard's segments. One for each lane, used by it alone; allocates nothing once its arrays have grown and segments
 * exist.
 *
 * <p>First room is made for everything the batch may need, in every span that it touches: rows, dedup slots, dictionary entries, values.
 * Only then are ids inserted and rows written, which cannot fail, and published with the vector at once. If there is no room the shard is
 * as it was and the batch is to be offered again.
 */
public final class BatchApplier {
    private static final int MAX_ROWS = IdBatch.MAX_IDS;

    private final BatchImage image;
    private final BatchColumns columns;
    private final IdBatch ids;
    private final RowRuns runs = new RowRuns();
    private final BlockWriter writer;
    private final int[] spanOfRow = new int[MAX_ROWS];
    /** Rows by span, ascending in each. */
    private final int[] rows = new int[MAX_ROWS];
    private final long[] spanStarts = new long[MAX_ROWS];
    private final int[] spanEnds = new int[MAX_ROWS];
    private final OpenSegment[] segments = new OpenSegment[MAX_ROWS];
    private int spanCount;
    private int rowsInFiles;

    private int rowsInserted;
    private int rowsRepeated;
    private int rowsExpired;
    private boolean hasLookedIntoFiles;
    private boolean isPreparing;

    /** An applier for shards whose segments lie in this memory. */
    public BatchApplier(final LaneMemory memory) {
        this.image = new BatchImage(memory.pool(), memory.batches());
        this.columns = new BatchColumns(memory.values(), image);
        this.ids = memory.ids();
        this.writer = new BlockWriter(image, columns, runs);
    }

    /** New rows of the last batch applied. */
    public int rowsInserted() {
        return rowsInserted;
    }

    /** Rows of the last batch applied whose ids were there. */
    public int rowsRepeated() {
        return rowsRepeated;
    }

    /** Rows of the last batch applied that were older than what is kept. */
    public int rowsExpired() {
        return rowsExpired;
    }

    /** Whether ids of the last batch were looked for in files, whose pages may not be in memory. */
    public boolean hasLookedIntoFiles() {
        return hasLookedIntoFiles;
    }

    /** Whether the last batch was not applied because what a restart has not left is made, some each time that the batch is offered. */
    public boolean isPreparing() {
        return isPreparing;
    }

    /**
     * Applies a valid batch and publishes it together with its position.
     *
     * @param dimensionCount of the table's schema as known; the batch may have more.
     * @param metricCount    of the table's schema as known; the batch may have more.
     * @param keptFromUs     start of the first span that is kept: earlier rows are dropped and counted.
     * @return false if there is no room, or {@link #isPreparing}: nothing has changed, offer it again later.
     */
    public boolean apply(
        final ShardStore shard, final BatchView batch, final int dimensionCount, final int metricCount, final long keptFromUs) {
        isPreparing = false;
        if (!image.load(batch)) {
            return false;
        }
        groupBySpan(batch, keptFromUs);
        dropRowsInFiles(shard);
        columns.begin();
        final boolean hasRoom = shard.reserve(batch.gatewayId()) && columns.resolve() && reserve(shard, dimensionCount, metricCount);
        if (hasRoom) {
            rowsInserted = 0;
            rowsRepeated = rowsInFiles;
            for (int span = 0; span < spanCount; span++) {
                if (spanCount > 1) {
                    columns.find(segments[span]);
                }
                append(segments[span], spanStart(span), spanEnds[span]);
            }
            shard.commit(segments, spanCount, batch.gatewayId(), batch.incarnation(), batch.sequence(), batch.maxEventTimeUs());
        }
        columns.finish();
        for (int span = 0; span < spanCount; span++) {
            segments[span] = null;
        }
        return hasRoom;
    }

    private void groupBySpan(final BatchView batch, final long keptFromUs) {
        final int count = batch.rowCount();
        rowsExpired = 0;
        spanCount = 0;
        final long first = Spans.floor(batch.minEventTimeUs());
        if (first == Spans.floor(batch.maxEventTimeUs()) && first >= keptFromUs) {
            spanCount = 1;
            spanStarts[0] = first;
            spanEnds[0] = count;
            for (int row = 0; row < count; row++) {
                rows[row] = row;
            }
            return;
        }
        for (int row = 0; row < count; row++) {
            final long start = Spans.floor(image.eventTimeUs(row));
            if (start < keptFromUs) {
                spanOfRow[row] = -1;
                rowsExpired++;
            } else {
                int span = 0;
                while (span < spanCount && spanStarts[span] != start) {
                    span++;
                }
                if (span == spanCount) {
                    spanStarts[span] = start;
                    spanEnds[span] = 0;
                    spanCount++;
                }
                spanOfRow[row] = span;
                spanEnds[span]++;
            }
        }
        // counts become starts, and move on to ends as rows take their places
        int start = 0;
        for (int span = 0; span < spanCount; span++) {
            final int length = spanEnds[span];
            spanEnds[span] = start;
            start += length;
        }
        for (int row = 0; row < count; row++) {
            if (spanOfRow[row] >= 0) {
                rows[spanEnds[spanOfRow[row]]++] = row;
            }
        }
    }

    /** Rows of sealed spans whose events are there go first, and with them the spans of which none is left. */
    private void dropRowsInFiles(final ShardStore shard) {
        rowsInFiles = 0;
        hasLookedIntoFiles = false;
        int from = 0;
        int end = 0;
        int spansLeft = 0;
        for (int span = 0; span < spanCount; span++) {
            final Span known = shard.span(spanStarts[span]);
            final int to = spanEnds[span];
            final int start = end;
            if (known == null || !known.hasUnlistedFiles()) {
                if (end < from) {
                    System.arraycopy(rows, from, rows, end, to - from);
                }
                end += to - from;
            } else {
                hasLookedIntoFiles = true;
                for (int i = from; i < to; i++) {
                    final int row = rows[i];
                    if (known.isInUnlistedFile(image.idHigh(row), image.idLow(row))) {
                        rowsInFiles++;
                    } else {
                        rows[end++] = row;
                    }
                }
            }
            if (end > start) {
                spanStarts[spansLeft] = spanStarts[span];
                spanEnds[spansLeft] = end;
                spansLeft++;
            }
            from = to;
        }
        spanCount = spansLeft;
    }

    private boolean reserve(final ShardStore shard, final int dimensionCount, final int metricCount) {
        final int dimensions = Math.max(dimensionCount, columns.dimensionLimit());
        final int metrics = Math.max(metricCount, columns.metricLimit());
        for (int span = 0; span < spanCount; span++) {
            final Span known = shard.span(spanStarts[span]);
            if (known != null && !known.isPrepared()) {
                isPreparing = known.prepareSome();
                return false;
            }
            final OpenSegment segment = shard.segmentFor(spanStarts[span]);
            segments[span] = segment;
            if (segment == null
                || !segment.reserveRows(spanRows(span), columns.dimensionLimit(), columns.metricLimit(), dimensions, metrics)
                || !columns.reserve(segment)) {
                return false;
            }
            segment.reserveChains();
        }
        return reserveIds();
    }

    private boolean reserveIds() {
        final int count = spanCount == 0 ? 0 : spanEnds[spanCount - 1];
        if (count == image.view().rowCount() && spanCount == 1) {
            ids.setAll(image.idsAddress(), count);
        } else {
            for (int i = 0; i < count; i++) {
                ids.set(i, image.idHigh(rows[i]), image.idLow(rows[i]));
            }
        }
        for (int span = 0; span < spanCount; span++) {
            if (!segments[span].ids().reserve(ids, spanStart(span), spanEnds[span])) {
                for (int reserved = 0; reserved < span; reserved++) {
                    segments[reserved].ids().cancel(ids, spanStart(reserved), spanEnds[reserved]);
                }
                return false;
            }
        }
        return true;
    }

    private int spanStart(final int span) {
        return span == 0 ? 0 : spanEnds[span - 1];
    }

    private int spanRows(final int span) {
        return spanEnds[span] - spanStart(span);
    }

    private void append(final OpenSegment segment, final int from, final int to) {
        segment.ids().insert(ids, from, to);
        runs.select(rows, from, to, ids);
        rowsInserted += runs.left();
        rowsRepeated += ids.repeatedCount();
        while (runs.left() > 0) {
            final OpenBlock block = segment.openBlock(columns.dimensionLimit(), columns.metricLimit());
            final int count = Math.min(runs.left(), block.freeRows());
            runs.take(count);
            writer.append(segment, block, count);
        }
    }
}
