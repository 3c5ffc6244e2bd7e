package io.truenow.hottier.segment;

import io.truenow.hottier.hash.IdBatch;
import io.truenow.hottier.hash.IdFilter;

import java.util.Arrays;

/**
 * Rows of the batch at hand whose events the shard has, or that come again within the batch. One for a lane, used by it alone.
 *
 * <p>The filter of the shard names few rows, and for each the spans that may have its event; those say for certain.
 */
final class RepeatedRows {
    private static final int SLOTS = IdBatch.MAX_IDS * 2;
    private static final int EMPTY = -1;

    private final BatchImage image;
    private final IdBatch ids;
    private final boolean[] isRepeated = new boolean[IdBatch.MAX_IDS];
    /** Which those are. */
    private final int[] rows = new int[IdBatch.MAX_IDS];
    private int count;
    private int otherTimes;
    private boolean hasLookedIntoFiles;
    private Span unprepared;
    /** Rows by id: to find those that come again. */
    private int[] slots;

    RepeatedRows(final BatchImage image, final IdBatch ids) {
        this.image = image;
        this.ids = ids;
    }

    /**
     * Looks for those that the shard has. The batch's ids are set by row then.
     *
     * @param minTimeUs nothing is said of earlier rows.
     * @return false if it cannot be said before the {@link #unprepared} span is prepared.
     */
    boolean find(final ShardIds known, final int rowCount, final long minTimeUs) {
        clear();
        if (!known.isEntered() && !known.forEachLacking(this::isPrepared)) {
            return false;
        }
        ids.setAll(image.idsAddress(), rowCount);
        known.filter().look(ids, rowCount);
        for (int i = 0; i < ids.suspectCount(); i++) {
            final int row = ids.suspect(i);
            if (!isRepeated[row] && image.eventTimeUs(row) >= minTimeUs && !check(known, row)) {
                return false;
            }
        }
        // soon after a restart
        return known.isEntered() || known.forEachLacking(span -> findListed(span, rowCount, minTimeUs));
    }

    /** Looks for rows that come again within the batch: after {@link #find}, where they may be of different spans. */
    void findWithin(final int rowCount, final long minTimeUs) {
        if (slots == null) {
            slots = new int[SLOTS];
        }
        Arrays.fill(slots, EMPTY);
        for (int row = 0; row < rowCount; row++) {
            if (!isRepeated[row] && image.eventTimeUs(row) >= minTimeUs) {
                int slot = (int) ids.word(row) & SLOTS - 1;
                while (slots[slot] != EMPTY && !ids.areSame(slots[slot], row)) {
                    slot = slot + 1 & SLOTS - 1;
                }
                if (slots[slot] == EMPTY) {
                    slots[slot] = row;
                } else {
                    add(row, image.eventTimeUs(slots[slot]) != image.eventTimeUs(row));
                }
            }
        }
    }

    /** One that was found otherwise. */
    void add(final int row, final boolean hasOtherTime) {
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

    /** Whether ids were looked for in files, whose pages may not be in memory. */
    boolean hasLookedIntoFiles() {
        return hasLookedIntoFiles;
    }

    /** The span that cannot say yet. */
    Span unprepared() {
        return unprepared;
    }

    /** Whether the filter says of an event with this id, inserted before, that its time is another. */
    boolean hasOtherTime(final IdFilter filter, final int index, final int tag, final long eventTimeUs) {
        filter.findCandidates(ids, index);
        for (int i = 0; i < ids.candidateCount(); i++) {
            if (ids.candidateTag(i) == tag) {
                return isOther(ids.candidateTime(i), eventTimeUs);
            }
        }
        return false;
    }

    private boolean isPrepared(final Span span) {
        unprepared = span.knowsIds() ? null : span;
        return span.knowsIds();
    }

    private boolean findListed(final Span span, final int rowCount, final long minTimeUs) {
        for (int row = 0; row < rowCount; row++) {
            if (!isRepeated[row] && image.eventTimeUs(row) >= minTimeUs && span.isListed(ids, row)) {
                add(row, false);
            }
        }
        return true;
    }

    private boolean check(final ShardIds known, final int row) {
        known.filter().findCandidates(ids, row);
        for (int i = 0; i < ids.candidateCount(); i++) {
            for (Span span = known.span(ids.candidateTag(i)); span != null; span = span.sameTag()) {
                if (!isPrepared(span)) {
                    return false;
                }
                hasLookedIntoFiles |= span.hasUnlistedFiles();
                if (span.contains(ids, row, image.idHigh(row), image.idLow(row))) {
                    add(row, isOther(ids.candidateTime(i), image.eventTimeUs(row)));
                    return true;
                }
            }
        }
        return true;
    }

    private static boolean isOther(final int timeBits, final long eventTimeUs) {
        return timeBits != IdFilter.NO_TIME && timeBits != IdFilter.timeBits(eventTimeUs);
    }

    private void clear() {
        for (int i = 0; i < count; i++) {
            isRepeated[rows[i]] = false;
        }
        count = 0;
        otherTimes = 0;
        hasLookedIntoFiles = false;
        unprepared = null;
    }
}
