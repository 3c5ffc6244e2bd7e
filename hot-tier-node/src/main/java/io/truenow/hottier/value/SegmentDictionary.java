package io.truenow.hottier.value;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.hottier.hash.CodeIndex;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The values of one dimension in one segment: local codes 1, 2, .. and for each its lane code and its value's hash, 8 bytes an entry, in
 * pages of 32, 64, .. 8 192 entries that never move. The lane appends and finds; the query agent reads entries up to the size it saw after
 * its cut.
 */
public final class SegmentDictionary {
    private static final int FIRST_PAGE_SHIFT = 5;
    private static final int LAST_PAGE_SHIFT = 13;
    private static final int GROWING_PAGES = LAST_PAGE_SHIFT - FIRST_PAGE_SHIFT + 1;
    private static final int GROWING_ENTRIES = (1 << LAST_PAGE_SHIFT + 1) - (1 << FIRST_PAGE_SHIFT);
    private static final int ENTRY_BYTES = 8;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final BlockPool pool;
    private final BlockUse use;
    private final CodeIndex localByLane;
    /** Volatile: a reader that sees a new array must see its elements. */
    private volatile long[] pages = new long[0];
    /** Volatile: a reader that sees a code must see its entry. */
    private volatile int size;
    private int reserved;

    /** An empty dictionary. */
    public SegmentDictionary(final BlockPool pool, final BlockUse use) {
        this.pool = pool;
        this.use = use;
        this.localByLane = new CodeIndex(pool, use);
    }

    /** Values held; their codes are 1 .. this. */
    public int size() {
        return size;
    }

    /** Starts counting the room that a batch may need. */
    public void beginReserve() {
        localByLane.beginReserve();
        reserved = 0;
    }

    /** Counts a value by its lane code; false if there is no room. */
    public boolean reserve(final int laneCode) {
        reserved++;
        return localByLane.reserveTag(laneCode);
    }

    /** 1: all has room; 0: count all once more; -1: no room. */
    public int endReserve() {
        while (capacity(pages.length) < size + reserved) {
            final int shift = Math.min(LAST_PAGE_SHIFT, FIRST_PAGE_SHIFT + pages.length);
            final long page = pool.allocate(use, ENTRY_BYTES << shift);
            if (page == BlockPool.NONE) {
                return -1;
            }
            final long[] longer = Arrays.copyOf(pages, pages.length + 1);
            longer[pages.length] = page;
            pages = longer;
        }
        return localByLane.endReserve() ? 1 : 0;
    }

    /** The local code of a lane code, or 0. Lane only. */
    public int find(final int laneCode) {
        return localByLane.find(laneCode);
    }

    /** The local code of a lane code, new if need be, for which room was reserved. Lane only. */
    public int findOrAdd(final int laneCode, final int hash, final ValueTable values) {
        final int found = localByLane.find(laneCode);
        if (found != 0) {
            return found;
        }
        final int code = size + 1;
        final MemorySegment memory = memoryOf(code);
        final long at = entryOffset(code);
        memory.set(INT, at, laneCode);
        memory.set(INT, at + Integer.BYTES, hash);
        values.retain(laneCode);
        localByLane.add(laneCode, code);
        size = code;
        return code;
    }

    /** The lane code of a local code. */
    public int laneCode(final int code) {
        return memoryOf(code).get(INT, entryOffset(code));
    }

    /** The hash of a local code's value. */
    public int hash(final int code) {
        return memoryOf(code).get(INT, entryOffset(code) + Integer.BYTES);
    }

    /** The dictionary's lookup is needed no more, since no rows will come. Lane only. */
    public void seal() {
        localByLane.close();
    }

    /**
     * Lets some of its values go, and its memory when none is left. Lane only, when no query uses the segment.
     *
     * @param limit at most so many values.
     * @return values let go; fewer than the limit if none is left.
     */
    public int closeSome(final ValueTable values, final int limit) {
        final int count = Math.min(size, limit);
        final int left = size - count;
        for (int code = left + count; code > left; code--) {
            values.release(laneCode(code));
        }
        size = left;
        if (left == 0) {
            localByLane.close();
            for (final long page : pages) {
                pool.release(use, page);
            }
            pages = new long[0];
        }
        return count;
    }

    private MemorySegment memoryOf(final int code) {
        return pool.memory(pages[pageIndex(code - 1)]);
    }

    private long entryOffset(final int code) {
        final int entry = code - 1;
        final int page = pageIndex(entry);
        return BlockPool.offset(pages[page]) + (long) (entry - capacity(page)) * ENTRY_BYTES;
    }

    private static int pageIndex(final int entry) {
        return entry < GROWING_ENTRIES
            ? Integer.SIZE - 1 - Integer.numberOfLeadingZeros((entry >>> FIRST_PAGE_SHIFT) + 1)
            : GROWING_PAGES + (entry - GROWING_ENTRIES >>> LAST_PAGE_SHIFT);
    }

    /** Entries of the first pages. */
    private static int capacity(final int pageCount) {
        return pageCount <= GROWING_PAGES
            ? (1 << FIRST_PAGE_SHIFT + pageCount) - (1 << FIRST_PAGE_SHIFT)
            : GROWING_ENTRIES + (pageCount - GROWING_PAGES << LAST_PAGE_SHIFT);
    }
}
