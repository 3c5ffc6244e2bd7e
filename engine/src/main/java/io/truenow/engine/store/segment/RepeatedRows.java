package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;

import java.util.Arrays;

/**
 * Rows of the batch at hand whose events the shard has, or that come again within the batch. One for a lane, used by it alone.
 *
 * <p>The filter of the shard names few rows, and for each the spans that may have its event; those say for certain. All of it is on the
 * heap.
 */
final class RepeatedRows {
    /** Rows that are read for one batch before a table of a span with no more rows is asked for: some tenths of a millisecond. */
    private static final long MOST_READ = 1 << 17;
    /** Rows that are read where there is no room for a table: some ten milliseconds. */
    private static final long MOST_READ_WITHOUT_ROOM = 1 << 24;
    private static final int ROW_BITS = 12;
    private static final int ROW_MASK = (1 << ROW_BITS) - 1;
    private static final int BATCHES = 1 << Integer.SIZE - ROW_BITS;
    private static final int MIN_SLOTS = 64;

    private final BatchImage image;
    private final IdBatch ids;
    private final boolean[] isRepeated = new boolean[IdBatch.MAX_IDS];
    /** Which those are. */
    private final int[] rows = new int[IdBatch.MAX_IDS];
    private int count;
    private int otherTimes;
    private boolean hasTakenLong;
    private long rowsRead;
    /** What asked for its table while rows were looked for last, or null. */
    private SpanIds unprepared;
    /** There is no room for that: the next time rows are read instead. */
    private boolean readsAll;
    private boolean lacksRoom;
    /** To find rows that come again within a batch: the batch's number, then a row, by its id. */
    private final int[] slots = new int[IdBatch.MAX_IDS * 2];
    private int batchNumber;

    RepeatedRows(final BatchImage image, final IdBatch ids) {
        this.image = image;
        this.ids = ids;
    }

    /**
     * Looks for those that the shard has. The batch's ids are set by row then.
     *
     * @param minTimeUs nothing is said of earlier rows.
     * @return false if it cannot be said before {@link #prepareSome}.
     */
    boolean find(final ShardIds known, final int rowCount, final long minTimeUs) {
        clear();
        ids.setAll(image.idsAddress(), rowCount);
        known.filter().look(ids, rowCount);
        for (int i = 0; i < ids.suspectCount(); i++) {
            final int row = ids.suspect(i);
            if (!isRepeated[row] && image.eventTimeUs(row) >= minTimeUs && !check(known, row)) {
                readsAll = false;
                return false;
            }
        }
        readsAll = false;
        findWithin(rowCount, minTimeUs);
        return true;
    }

    /**
     * Makes some of a table that is worth while; true if {@link #find} may be asked again at once. Where there is no room for a table
     * that reads rows instead.
     */
    boolean prepareSome() {
        readsAll = !unprepared.listSome();
        return readsAll || unprepared.isReady();
    }

    /** Looks for rows that come again within the batch. */
    private void findWithin(final int rowCount, final long minTimeUs) {
        int mask = MIN_SLOTS - 1;
        while (mask < 2 * rowCount - 1) {
            mask = mask << 1 | 1;
        }
        batchNumber++;
        if (batchNumber == BATCHES) {
            Arrays.fill(slots, 0);
            batchNumber = 1;
        }
        for (int row = 0; row < rowCount; row++) {
            if (!isRepeated[row] && image.eventTimeUs(row) >= minTimeUs) {
                final int same = enter(row, mask);
                if (same != row) {
                    add(row, image.eventTimeUs(same) != image.eventTimeUs(row));
                }
            }
        }
    }

    /** Returns the row that has the same id, or the row itself. */
    private int enter(final int row, final int mask) {
        int slot = (int) ids.word(row) & mask;
        while (slots[slot] >>> ROW_BITS == batchNumber) {
            final int other = slots[slot] & ROW_MASK;
            if (ids.areSame(other, row)) {
                return other;
            }
            slot = slot + 1 & mask;
        }
        slots[slot] = batchNumber << ROW_BITS | row;
        return row;
    }

    private void add(final int row, final boolean hasOtherTime) {
        isRepeated[row] = true;
        rows[count++] = row;
        otherTimes += hasOtherTime ? 1 : 0;
    }

    boolean isRepeated(final int row) {
        return isRepeated[row];
    }

    /** How many there are. */
    int count() {
        return count;
    }

    /** Those of them whose event has another time in the shard. */
    int otherTimes() {
        return otherTimes;
    }

    /** Whether ids were looked for in files, whose pages may not be in memory, or in many rows. */
    boolean hasTakenLong() {
        return hasTakenLong;
    }

    /** Whether it cannot be said as there is no room for a table, and too much would have to be read. */
    boolean lacksRoom() {
        return lacksRoom;
    }

    private boolean check(final ShardIds known, final int row) {
        known.filter().findCandidates(ids, row);
        for (int i = 0; i < ids.candidateCount(); i++) {
            for (Span span = known.span(ids.candidateTag(i)); span != null; span = span.sameTag()) {
                if (!mayAsk(span.ids(), ids.word(row), ids.candidateHint(i))) {
                    return false;
                }
                final SpanIds.Match match = span.ids().find(
                    ids, row, ids.candidateHint(i), image.idHigh(row), image.idLow(row), image.eventTimeUs(row));
                if (match != SpanIds.Match.NONE) {
                    add(row, match == SpanIds.Match.OTHER_TIME);
                    return true;
                }
            }
        }
        return true;
    }

    private boolean mayAsk(final SpanIds span, final long word, final int hint) {
        final long toRead = span.rowsToRead(word, hint);
        rowsRead += toRead;
        hasTakenLong |= span.hasFiles() || readsAll;
        if (readsAll) {
            lacksRoom = rowsRead > MOST_READ_WITHOUT_ROOM;
            return !lacksRoom;
        }
        if (toRead > 0 && rowsRead > Math.max(MOST_READ, span.unlistedRows())) {
            span.wantTable();
        }
        unprepared = span.isReady() && span.mayRead(toRead) ? null : span;
        return unprepared == null;
    }

    private void clear() {
        for (int i = 0; i < count; i++) {
            isRepeated[rows[i]] = false;
        }
        count = 0;
        otherTimes = 0;
        hasTakenLong = false;
        lacksRoom = false;
        rowsRead = 0;
        unprepared = null;
    }
}
