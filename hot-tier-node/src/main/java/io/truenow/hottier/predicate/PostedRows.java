package io.truenow.hottier.predicate;

import io.truenow.hottier.sealed.Postings;
import io.truenow.hottier.sealed.SealedSegment;
import io.truenow.hottier.segment.Segment;

import java.util.Arrays;

/** The rows of a sealed segment that few codes have, from its postings: so blocks without one are passed over, and no column is read. */
final class PostedRows {
    /** More are not worth a list. */
    private static final int MAX_ROWS = 1 << 16;
    private static final int MAX_CODES = 64;
    private static final int MIN_BLOCK_SHARE = 16;

    private int[] rows = new int[64];
    private int count;
    private final Postings.Cursor cursor = new Postings.Cursor();

    PostedRows() {
    }

    /** Lists the rows of a set of codes; false if the segment cannot, or they are many. */
    boolean list(final Segment segment, final int dimension, final CodeSet set) {
        count = 0;
        if (!(segment instanceof SealedSegment sealed) || set.contains(0) || set.matchCount() > MAX_CODES) {
            return false;
        }
        final Postings postings = sealed.postings(dimension);
        if (postings == null) {
            return false;
        }
        long total = 0;
        for (int code = set.next(1); code > 0; code = set.next(code + 1)) {
            total += postings.rowCount(code);
        }
        if (total > Math.min(MAX_ROWS, segment.rowCount() / MIN_BLOCK_SHARE)) {
            return false;
        }
        if (total > rows.length) {
            rows = new int[Integer.highestOneBit((int) total) * 2];
        }
        cursor.over(postings);
        for (int code = set.next(1); code > 0; code = set.next(code + 1)) {
            for (int left = cursor.begin(code); left > 0; left--) {
                rows[count++] = cursor.next();
            }
        }
        if (set.matchCount() > 1) {
            Arrays.sort(rows, 0, count);
        }
        return true;
    }

    /** Rows listed. */
    int count() {
        return count;
    }

    /** Whether any of the segment's rows first .. end - 1 is listed. */
    boolean isAnyIn(final long first, final long end) {
        final int at = indexOf(first);
        return at < count && rows[at] < end;
    }

    /** Clears the bits of a block's rows that are not listed. */
    void narrow(final long firstRow, final int fromRow, final int toRow, final long[] words) {
        int at = indexOf(firstRow + fromRow);
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            final long limit = firstRow + Math.min(toRow, word + 1 << 6);
            long found = 0;
            while (at < count && rows[at] < limit) {
                found |= 1L << (int) (rows[at] - firstRow);
                at++;
            }
            words[word] &= found;
        }
    }

    private int indexOf(final long row) {
        int low = 0;
        int high = count;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (rows[middle] < row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
