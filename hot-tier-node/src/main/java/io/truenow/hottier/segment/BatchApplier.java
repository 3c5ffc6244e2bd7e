package io.truenow.hottier.segment;

import io.truenow.client.batch.BatchView;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.hottier.hash.IdBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Puts batches into a shard's segments. One for each lane, used by it alone; allocates nothing once its arrays have grown and segments
 * exist.
 *
 * <p>First room is made for everything the batch may need, in every span that it touches: rows, dedup slots, dictionary entries, values.
 * Only then are ids inserted and rows written, which cannot fail, and published with the vector at once. If there is no room the shard is
 * as it was and the batch is to be offered again.
 */
public final class BatchApplier {
    private static final int MAX_ROWS = 4_096;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final BatchColumns columns;
    private final IdBatch ids;
    private final long[] timesUs = new long[MAX_ROWS];
    private final long[] idHighs = new long[MAX_ROWS];
    private final long[] idLows = new long[MAX_ROWS];
    private final int[] spanOfRow = new int[MAX_ROWS];
    /** Rows by span; while a span is applied, those of its rows that are new, moved to its front. */
    private final int[] rows = new int[MAX_ROWS];
    private final long[] spanStarts = new long[MAX_ROWS];
    private final int[] spanEnds = new int[MAX_ROWS];
    private final OpenSegment[] segments = new OpenSegment[MAX_ROWS];
    private int spanCount;
    private int rowsInFiles;

    private int rowsInserted;
    private int rowsRepeated;
    private int rowsExpired;

    /** An applier for shards whose segments lie in this memory. */
    public BatchApplier(final LaneMemory memory) {
        this.columns = new BatchColumns(memory.values());
        this.ids = memory.ids();
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

    /**
     * Applies a valid batch and publishes it together with its position.
     *
     * @param dimensionCount of the table's schema as known; the batch may have more.
     * @param metricCount    of the table's schema as known; the batch may have more.
     * @param keptFromUs     start of the first span that is kept: earlier rows are dropped and counted.
     * @return false if there is no room: nothing has changed, offer it again later.
     */
    public boolean apply(
        final ShardStore shard, final BatchView batch, final int dimensionCount, final int metricCount, final long keptFromUs) {
        groupBySpan(batch, keptFromUs);
        dropRowsInFiles(shard);
        columns.wrap(batch);
        final boolean hasRoom = shard.reserve(batch.gatewayId()) && columns.resolve() && reserve(shard, dimensionCount, metricCount);
        if (hasRoom) {
            rowsInserted = 0;
            rowsRepeated = rowsInFiles;
            for (int span = 0; span < spanCount; span++) {
                append(segments[span], batch, spanStart(span), spanEnds[span]);
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
        for (int row = 0; row < count; row++) {
            timesUs[row] = batch.eventTimeUs(row);
            idHighs[row] = batch.idHigh(row);
            idLows[row] = batch.idLow(row);
        }
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
            final long start = Spans.floor(timesUs[row]);
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
                for (int i = from; i < to; i++) {
                    final int row = rows[i];
                    if (known.isInUnlistedFile(idHighs[row], idLows[row])) {
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
            final OpenSegment segment = shard.segmentFor(spanStarts[span]);
            segments[span] = segment;
            if (segment == null
                || !segment.reserveRows(spanRows(span), columns.dimensionLimit(), columns.metricLimit(), dimensions, metrics)
                || !columns.reserve(segment)) {
                return false;
            }
        }
        return reserveIds();
    }

    private boolean reserveIds() {
        final int count = spanCount == 0 ? 0 : spanEnds[spanCount - 1];
        for (int i = 0; i < count; i++) {
            ids.set(i, idHighs[rows[i]], idLows[rows[i]]);
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

    private void append(final OpenSegment segment, final BatchView batch, final int from, final int to) {
        segment.ids().insert(ids, from, to);
        int end = from;
        int repeated = 0;
        for (int i = from; i < to; i++) {
            if (repeated < ids.repeatedCount() && ids.repeated(repeated) == i) {
                repeated++;
            } else {
                rows[end++] = rows[i];
            }
        }
        rowsInserted += end - from;
        rowsRepeated += to - end;
        columns.startSegment();
        int next = from;
        while (next < end) {
            final OpenBlock block = segment.openBlock(columns.dimensionLimit(), columns.metricLimit());
            final int count = Math.min(end - next, block.freeRows());
            write(segment, block, batch, next, count);
            next += count;
        }
    }

    private void write(final OpenSegment segment, final OpenBlock block, final BatchView batch, final int from, final int count) {
        final MemorySegment memory = NativeMemory.ALL;
        final int at = block.rowCount();
        final long spanStartUs = segment.spanStartUs();
        final long times = block.timesAddress() + (long) at * Integer.BYTES;
        final long ids = block.idsAddress() + (long) at * 2 * Long.BYTES;
        int least = Integer.MAX_VALUE;
        int greatest = Integer.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            final int row = rows[from + i];
            final int offsetUs = (int) (timesUs[row] - spanStartUs);
            least = Math.min(least, offsetUs);
            greatest = Math.max(greatest, offsetUs);
            memory.set(INT, times + (long) i * Integer.BYTES, offsetUs);
            memory.set(LONG, ids + (long) i * 2 * Long.BYTES, idHighs[row]);
            memory.set(LONG, ids + (long) i * 2 * Long.BYTES + Long.BYTES, idLows[row]);
        }
        for (int ordinal = 0; ordinal < block.dimensionCount(); ordinal++) {
            final long codes = block.codesAddress(ordinal) + (long) at * Integer.BYTES;
            final int column = columns.dimensionColumn(ordinal);
            for (int i = 0; i < count; i++) {
                final int code = column < 0 ? 0 : columns.localCode(segment, ordinal, batch.dimensionCode(column, rows[from + i]));
                memory.set(INT, codes + (long) i * Integer.BYTES, code);
            }
        }
        for (int ordinal = 0; ordinal < block.metricCount(); ordinal++) {
            writeMetric(block, batch, ordinal, from, count);
        }
        block.onAppended(count, least, greatest);
        segment.onAppended(count);
    }

    private void writeMetric(final OpenBlock block, final BatchView batch, final int ordinal, final int from, final int count) {
        final MemorySegment memory = NativeMemory.ALL;
        final int at = block.rowCount();
        final long doubles = block.metricAddress(ordinal) + (long) at * Double.BYTES;
        final int column = columns.metricColumn(ordinal);
        if (column < 0) {
            for (int i = 0; i < count; i++) {
                memory.set(DOUBLE, doubles + (long) i * Double.BYTES, 0.0);
                block.setNull(ordinal, at + i);
            }
            return;
        }
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        boolean hasFractions = false;
        for (int i = 0; i < count; i++) {
            final double value = batch.metric(column, rows[from + i]);
            memory.set(DOUBLE, doubles + (long) i * Double.BYTES, value);
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
            hasFractions |= value != Math.rint(value) || Math.abs(value) > Block.MAX_INTEGER;
        }
        block.onValues(ordinal, least, greatest, hasFractions);
        if (batch.hasNulls(column)) {
            for (int i = 0; i < count; i++) {
                if (batch.isNull(column, rows[from + i])) {
                    block.setNull(ordinal, at + i);
                }
            }
        }
    }
}
