package io.truenow.engine.scan.predicate;

import io.truenow.engine.store.sealed.Postings;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.segment.OpenBlock;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.RowChains;

import java.util.Arrays;

/**
 * The rows of a segment that few codes have, from a sealed one's postings or an open one's chains: so blocks without one are passed over,
 * and no column is read. Of an open segment's first rows there may be none: {@link #from} tells. Rows behind the cut may be listed.
 */
final class PostedRows {
    /** More are not worth a list. */
    private static final int MAX_ROWS = 1 << 16;
    private static final int MAX_CODES = 64;
    private static final int MIN_BLOCK_SHARE = 16;
    /** To follow a link costs as much as to read so many codes of neighbours. */
    private static final int LINK_COST = 64;
    /** Links followed at once at most, so that a query does not hold others up. */
    private static final int MAX_LINKS = 1 << 13;
    /** What is not in the list, as a row's number. */
    static final long NONE = Long.MAX_VALUE;

    private int[] rows = new int[64];
    private int count;
    private long from;
    private final Postings.Cursor cursor = new Postings.Cursor();

    PostedRows() {
    }

    /**
     * Lists the rows of a set of codes; false if the segment cannot, or they are many.
     *
     * @param rowCount rows of the segment's cut.
     */
    boolean list(final Segment segment, final long rowCount, final int dimension, final CodeSet set) {
        count = 0;
        from = 0;
        if (set.contains(0) || set.matchCount() > MAX_CODES) {
            return false;
        }
        final boolean isListed;
        if (segment instanceof SealedSegment sealed) {
            final Postings postings = sealed.postings(dimension);
            isListed = postings != null && list(postings, Math.min(MAX_ROWS, rowCount / MIN_BLOCK_SHARE), set);
        } else {
            final RowChains chains = segment instanceof OpenSegment open ? open.chains(dimension) : null;
            isListed = chains != null && list((OpenSegment) segment, chains, rowCount, dimension, set);
        }
        if (isListed && (set.matchCount() > 1 || !(segment instanceof SealedSegment))) {
            Arrays.sort(rows, 0, count);
        }
        return isListed;
    }

    private boolean list(final Postings postings, final long limit, final CodeSet set) {
        long total = 0;
        for (int code = first(set); code > 0; code = next(set, code)) {
            total += postings.rowCount(code);
        }
        if (total > limit) {
            return false;
        }
        makeRoom((int) total);
        cursor.over(postings);
        for (int code = first(set); code > 0; code = next(set, code)) {
            for (int left = cursor.begin(code); left > 0; left--) {
                rows[count++] = cursor.next();
            }
        }
        return true;
    }

    private boolean list(
        final OpenSegment segment, final RowChains chains, final long rowCount, final int dimension, final CodeSet set) {
        from = chains.linkedFrom();
        final long limit = Math.min(MAX_LINKS, (rowCount - from) / LINK_COST);
        long total = 0;
        for (int code = first(set); code > 0; code = next(set, code)) {
            total += RowChains.rows(chains.chain(code));
        }
        if (total > limit) {
            return false;
        }
        for (int code = first(set); code > 0; code = next(set, code)) {
            final long chain = chains.chain(code);
            makeRoom(count + RowChains.rows(chain));
            for (int row = RowChains.last(chain); row != 0;) {
                final OpenBlock block = segment.block(RowChains.block(row));
                rows[count++] = (int) block.firstRow() + RowChains.row(row);
                row = block.link(dimension, RowChains.row(row));
            }
        }
        return true;
    }

    private static int first(final CodeSet set) {
        return set.matchCount() == 1 ? set.single() : set.next(1);
    }

    private static int next(final CodeSet set, final int code) {
        return set.matchCount() == 1 ? -1 : set.next(code + 1);
    }

    private void makeRoom(final int limit) {
        if (limit > rows.length) {
            rows = Arrays.copyOf(rows, Integer.highestOneBit(limit) * 2);
        }
    }

    /** Rows before this one may have one of the codes and not be listed. */
    long from() {
        return from;
    }

    /** The first row not before another that has one of the codes or may have one; {@link #NONE} if there is none. */
    long next(final long row) {
        if (row < from) {
            return row;
        }
        final int at = indexOf(row);
        return at < count ? rows[at] : NONE;
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
