package io.truenow.engine.store.segment;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.hash.IdFilter;
import io.truenow.engine.store.shard.Spans;
import io.truenow.format.batch.BatchView;

/**
 * Puts batches into a shard's segments. One for each lane, used by it alone; allocates nothing once its arrays have grown and segments
 * exist.
 *
 * <p>First room is made for everything the batch may need, in every span that it touches: rows, entries of the filter of ids, dictionary
 * entries, values. Only then are ids inserted and rows written, which cannot fail, and published with the vector at once. If there is no
 * room the shard is as it was and the batch is to be offered again.
 */
public final class BatchApplier {
    private static final int MAX_ROWS = IdBatch.MAX_IDS;

    private final BatchImage image;
    private final BatchColumns columns;
    private final IdBatch ids;
    private final RepeatedRows repeated;
    private final RowRuns runs = new RowRuns();
    private final BlockWriter writer;
    private final int[] spanOfRow = new int[MAX_ROWS];
    /** Rows by span, ascending in each. */
    private final int[] rows = new int[MAX_ROWS];
    private final long[] spanStarts = new long[MAX_ROWS];
    private final int[] spanEnds = new int[MAX_ROWS];
    private final OpenSegment[] segments = new OpenSegment[MAX_ROWS];
    private int spanCount;

    private int rowsInserted;
    private int rowsExpired;
    private long expiredUntilUs;
    private boolean isPreparing;

    /** An applier for shards whose segments lie in this memory. */
    public BatchApplier(final LaneMemory memory) {
        this.image = new BatchImage(memory.pool(), memory.batches());
        this.columns = new BatchColumns(memory.values(), image);
        this.ids = memory.ids();
        this.repeated = new RepeatedRows(image, ids);
        this.writer = new BlockWriter(image, columns, runs);
    }

    /** New rows of the last batch applied. */
    public int rowsInserted() {
        return rowsInserted;
    }

    /** Rows of the last batch applied whose events the shard had, or that came again within the batch. */
    public int rowsRepeated() {
        return repeated.count();
    }

    /**
     * Those of them whose event was there with another time, as far as is known: 15 in 16 of those that a table of ids holds,
     * 62 in 63 of those in files, none in files of former versions.
     */
    public int rowsRepeatedWithOtherTime() {
        return repeated.otherTimes();
    }

    /** Rows of the last batch applied that were older than what is kept. */
    public int rowsExpired() {
        return rowsExpired;
    }

    /** Those rows were all earlier than this; {@link Long#MIN_VALUE} if there were none. */
    public long expiredUntilUs() {
        return expiredUntilUs;
    }

    /** Whether the last batch took long: ids were looked for in files, whose pages may not be in memory, or in many rows. */
    public boolean hasTakenLong() {
        return repeated.hasTakenLong();
    }

    /**
     * Whether the last batch was not applied because something is made, some each time that the batch is offered: what a restart has not
     * left, or a table of a span's ids.
     */
    public boolean isPreparing() {
        return isPreparing;
    }

    /** {@link #apply(ShardStore, BatchView, EventIdentity, int, int, long)} for a table whose events are their ids. */
    public boolean apply(
        final ShardStore shard, final BatchView batch, final int dimensionCount, final int metricCount, final long keptFromUs) {
        return apply(shard, batch, EventIdentity.ID, dimensionCount, metricCount, keptFromUs);
    }

    /**
     * Applies a valid batch and publishes it together with its position.
     *
     * @param identity       of the table; the same for each of the shard's batches, as its rows and files have ids made by it.
     * @param dimensionCount of the table's schema as known; the batch may have more.
     * @param metricCount    of the table's schema as known; the batch may have more.
     * @param keptFromUs     start of the first span that is kept: earlier rows are dropped and counted.
     * @return false if there is no room, or {@link #isPreparing}: nothing has changed, offer it again later.
     */
    public boolean apply(
        final ShardStore shard,
        final BatchView batch,
        final EventIdentity identity,
        final int dimensionCount,
        final int metricCount,
        final long keptFromUs) {
        isPreparing = false;
        if (!image.load(batch)) {
            return false;
        }
        if (identity == EventIdentity.ID_AND_TIME) {
            image.addTimesToIds();
        }
        if (!findRepeated(shard, batch, keptFromUs)) {
            return false;
        }
        columns.begin();
        final boolean hasRoom = shard.reserve(batch.gatewayId()) && columns.resolve() && reserve(shard, dimensionCount, metricCount);
        if (hasRoom) {
            rowsInserted = 0;
            for (int span = 0; span < spanCount; span++) {
                if (spanCount > 1) {
                    columns.find(segments[span]);
                }
                append(shard, segments[span], spanStart(span), spanEnds[span]);
            }
            shard.commit(segments, spanCount, batch.gatewayId(), batch.incarnation(), batch.sequence(), batch.maxEventTimeUs());
        }
        columns.finish();
        for (int span = 0; span < spanCount; span++) {
            segments[span] = null;
        }
        return hasRoom;
    }

    /** Which rows are new, by span; false if that cannot be said yet. */
    private boolean findRepeated(final ShardStore shard, final BatchView batch, final long keptFromUs) {
        if (!shard.ids().isReady()) {
            isPreparing = shard.ids().enterSome();
            return false;
        }
        // a small table is made at once
        if (!repeated.find(shard.ids(), batch.rowCount(), keptFromUs)
            && (!repeated.prepareSome() || !repeated.find(shard.ids(), batch.rowCount(), keptFromUs))) {
            isPreparing = !repeated.lacksRoom();
            return false;
        }
        groupBySpan(batch, keptFromUs);
        return true;
    }

    private void groupBySpan(final BatchView batch, final long keptFromUs) {
        final int count = batch.rowCount();
        rowsExpired = 0;
        expiredUntilUs = Long.MIN_VALUE;
        spanCount = 0;
        final long first = Spans.floor(batch.minEventTimeUs());
        if (first == Spans.floor(batch.maxEventTimeUs()) && first >= keptFromUs && repeated.count() == 0) {
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
            spanOfRow[row] = -1;
            if (start < keptFromUs) {
                rowsExpired++;
                expiredUntilUs = Math.max(expiredUntilUs, image.eventTimeUs(row) + 1);
            } else if (!repeated.isRepeated(row)) {
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
        return reserveIds(shard.ids().filter());
    }

    private boolean reserveIds(final IdFilter filter) {
        final int count = spanCount == 0 ? 0 : spanEnds[spanCount - 1];
        // else they are in the order of rows
        if (count < image.view().rowCount() || spanCount > 1) {
            for (int i = 0; i < count; i++) {
                ids.set(i, image.idHigh(rows[i]), image.idLow(rows[i]));
            }
        }
        return filter.reserve(ids, 0, count);
    }

    private int spanStart(final int span) {
        return span == 0 ? 0 : spanEnds[span - 1];
    }

    private int spanRows(final int span) {
        return spanEnds[span] - spanStart(span);
    }

    private void append(final ShardStore shard, final OpenSegment segment, final int from, final int to) {
        final int tag = shard.span(segment.spanStartUs()).tag();
        runs.select(rows, from, to);
        rowsInserted += to - from;
        int next = from;
        while (runs.left() > 0) {
            final OpenBlock block = segment.openBlock(columns.dimensionLimit(), columns.metricLimit());
            final int count = Math.min(runs.left(), block.freeRows());
            final int hint = SpanIds.hint(segment.blockCount() - 1);
            for (int end = next + count; next < end; next++) {
                shard.ids().filter().insert(ids, next, tag, hint);
            }
            runs.take(count);
            writer.append(segment, block, count);
        }
    }
}
