package io.truenow.engine.store.value;

import io.truenow.engine.store.hash.CodeIndex;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The values of one dimension in one segment: local codes 1, 2, .. and for each its lane code and its value's hash, 8 bytes an entry, in
 * pages (see {@link DictionaryPage}) that never move. The lane appends and finds; the query agent reads entries up to the size it saw after
 * its cut.
 *
 * <p>Pages of an open segment are chained to its header, so the dictionary outlives the process: an entry is one store, made when the value
 * that it refers to is complete, and the first entry that is zero ends the dictionary. The index of codes by value is derived, and so are
 * {@link HashPage}s, which readers find codes by: each page of some length has one, as far as there is room.
 */
public final class SegmentDictionary {
    private static final int FIRST_PAGE_SHIFT = 5;
    private static final int LOST_ENTRIES = DictionaryPage.HEADER_BYTES / DictionaryPage.ENTRY_BYTES;
    private static final int GROWING_PAGES = DictionaryPage.LAST_GROWING + 1;
    private static final int GROWING_ENTRIES = capacity(GROWING_PAGES);
    private static final int LAST_PAGE_ENTRIES = DictionaryPage.entries(DictionaryPage.LAST_GROWING);
    /** To look into a hash page costs as much as to read so many codes. */
    private static final int HASHED_COST = 32;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final BlockPool pool;
    private final BlockUse use;
    private final int ordinal;
    /** Where the segment's header refers to the page linked last, 0 for none. */
    private final long chainAddress;
    private final CodeIndex localByLane;
    private long[] handles = new long[0];
    /** Addresses of pages. Volatile: a reader that sees a new array must see its elements. */
    private volatile long[] pages = new long[0];
    private long[] hashHandles = new long[0];
    /** Addresses of hash pages, 0 for none; told before {@link #pages}. */
    private volatile long[] hashPages = new long[0];
    /** Volatile: a reader that sees a code must see its entry. */
    private volatile int size;
    /** Written before the size. */
    private int greatestLaneCode;
    private int reserved;
    /** Values that a restart has left and the lookup does not have yet, the last ones. */
    private int unindexed;

    /** An empty dictionary that ends with the process. */
    public SegmentDictionary(final BlockPool pool, final BlockUse use) {
        this(pool, use, 0, 0);
    }

    /** An empty dictionary of a dimension, whose pages are chained to a reference at an address. */
    public SegmentDictionary(final BlockPool pool, final BlockUse use, final int ordinal, final long chainAddress) {
        this.pool = pool;
        this.use = use;
        this.ordinal = ordinal;
        this.chainAddress = chainAddress;
        this.localByLane = new CodeIndex(pool, use);
    }

    /** Values held; their codes are 1 .. this. */
    public int size() {
        return size;
    }

    /** The greatest lane code of a value held by now, 0 if there is none. */
    public int greatestLaneCode() {
        return size == 0 ? 0 : greatestLaneCode;
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
        if (!reserveEntries(size + reserved)) {
            return -1;
        }
        return localByLane.endReserve() ? 1 : 0;
    }

    /** Values that there is room for. Lane only. */
    public int entryLimit() {
        return capacity(handles.length);
    }

    /** The local code of a lane code, or 0. Lane only. */
    public int find(final int laneCode) {
        return localByLane.find(laneCode);
    }

    /** Sees to room for so many values in all that are to be {@link #append appended}; false if there is none. Lane only. */
    public boolean reserveEntries(final int entries) {
        while (capacity(handles.length) < entries) {
            if (!addPage()) {
                return false;
            }
        }
        return true;
    }

    /** Adds a value under the next local code, for which an entry was reserved, without a lookup for it. Lane only. */
    public void append(final int laneCode, final int hash, final ValueTable values) {
        final int code = size + 1;
        // the value before the entry: a kill in between must not leave an entry of half a value
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, entryAddress(code), (long) hash << Integer.SIZE | laneCode & 0xFFFF_FFFFL);
        values.retain(laneCode);
        greatestLaneCode = Math.max(greatestLaneCode, laneCode);
        final int page = pageIndex(code - 1);
        if (hashPages[page] != 0) {
            HashPage.add(hashPages[page], page, code - 1 - capacity(page), hash);
        }
        size = code;
    }

    /** The local code of a lane code, new if need be, for which room was reserved. Lane only. */
    public int findOrAdd(final int laneCode, final int hash, final ValueTable values) {
        final int found = localByLane.find(laneCode);
        if (found != 0) {
            return found;
        }
        localByLane.add(laneCode, size + 1);
        append(laneCode, hash, values);
        return size;
    }

    /** The lane code of a local code. */
    public int laneCode(final int code) {
        return NativeMemory.ALL.get(INT, entryAddress(code));
    }

    /** The hash of a local code's value. */
    public int hash(final int code) {
        return NativeMemory.ALL.get(INT, entryAddress(code) + Integer.BYTES);
    }

    /** The least code above one and not above another whose value has the hash, or 0. */
    public int nextWithHash(final int hash, final int after, final int last) {
        final long[] known = pages;
        final long[] knownHashes = hashPages;
        int code = after + 1;
        while (code <= last) {
            final int page = pageIndex(code - 1);
            final int end = Math.min(last, capacity(page + 1));
            final long firstHash = known[page] + DictionaryPage.HEADER_BYTES + Integer.BYTES;
            final int firstCode = capacity(page) + 1;
            if (knownHashes[page] != 0) {
                final int entry = HashPage.find(knownHashes[page], page, firstHash, hash, code - firstCode, end - firstCode);
                if (entry >= 0) {
                    return firstCode + entry;
                }
                code = end + 1;
            }
            for (; code <= end; code++) {
                if (NativeMemory.ALL.get(INT, firstHash + (long) (code - firstCode) * DictionaryPage.ENTRY_BYTES) == hash) {
                    return code;
                }
            }
        }
        return 0;
    }

    /** What it costs to look for a hash among the codes above one and not above another: in codes that are read. */
    public int searchCost(final int after, final int last) {
        final long[] knownHashes = hashPages;
        int cost = 0;
        for (int code = after + 1; code <= last;) {
            final int page = pageIndex(code - 1);
            final int end = Math.min(last, capacity(page + 1));
            cost += knownHashes[page] == 0 ? end + 1 - code : Math.min(HASHED_COST, end + 1 - code);
            code = end + 1;
        }
        return cost;
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
            for (final long handle : handles) {
                pool.release(use, handle);
            }
            for (final long handle : hashHandles) {
                if (handle != BlockPool.NONE) {
                    pool.release(use, handle);
                }
            }
            handles = new long[0];
            pages = new long[0];
            hashHandles = new long[0];
            hashPages = new long[0];
        }
        return count;
    }

    /** After a restart: a page that was found in the segment's chain. Pages may come in any order. */
    public void recoverPage(final int place, final long handle) {
        if (place >= handles.length) {
            handles = Arrays.copyOf(handles, place + 1);
            pages = Arrays.copyOf(pages, place + 1);
        }
        handles[place] = handle;
        pages[place] = pool.address(handle);
    }

    /**
     * After all pages were found: takes the entries that are written and holds their values. There is no lookup until {@link #buildIndex}.
     *
     * @throws IllegalStateException if a page is missing, or an entry refers to no value.
     */
    public void recover(final ValueTable values) {
        for (final long page : pages) {
            if (page == 0) {
                throw new IllegalStateException("a page of a dictionary is missing");
            }
        }
        final int limit = capacity(pages.length);
        int count = 0;
        while (count < limit && laneCode(count + 1) != 0) {
            count++;
            values.recoverReference(laneCode(count));
            greatestLaneCode = Math.max(greatestLaneCode, laneCode(count));
        }
        hashHandles = new long[pages.length];
        Arrays.fill(hashHandles, BlockPool.NONE);
        hashPages = new long[pages.length];
        size = count;
        unindexed = count;
    }

    /** Whether there is a lookup of all values. Lane only. */
    public boolean isIndexed() {
        return unindexed == 0;
    }

    /**
     * Makes some of the lookup of a recovered dictionary. Lane only.
     *
     * @param limit at most for so many values.
     * @return false if there is no room now.
     */
    public boolean buildIndex(final int limit) {
        for (int left = limit; left > 0 && unindexed > 0; left--) {
            final int code = size - unindexed + 1;
            localByLane.beginReserve();
            if (!localByLane.reserveTag(laneCode(code))) {
                return false;
            }
            localByLane.add(laneCode(code), code);
            if (code - 1 == capacity(pageIndex(code - 1))) {
                makeHashPage(pageIndex(code - 1));
            }
            unindexed--;
        }
        return true;
    }

    private boolean addPage() {
        final int place = handles.length;
        final long handle = pool.allocate(use, DictionaryPage.lengthBytes(place));
        if (handle == BlockPool.NONE) {
            return false;
        }
        final long address = pool.address(handle);
        DictionaryPage.write(address, ordinal, place, chainAddress == 0 ? 0 : NativeMemory.ALL.get(LONG, chainAddress));
        if (chainAddress != 0) {
            VarHandle.releaseFence();
            NativeMemory.ALL.set(LONG, chainAddress, handle + 1);
        }
        handles = Arrays.copyOf(handles, place + 1);
        handles[place] = handle;
        hashHandles = Arrays.copyOf(hashHandles, place + 1);
        hashHandles[place] = BlockPool.NONE;
        hashPages = Arrays.copyOf(hashPages, place + 1);
        final long[] longer = Arrays.copyOf(pages, place + 1);
        longer[place] = address;
        pages = longer;
        makeHashPage(place);
        return true;
    }

    /** Makes the hash page of a page that is worth one, with all entries that there are by now, if there is room. */
    private void makeHashPage(final int place) {
        if (place < HashPage.FIRST_PLACE) {
            return;
        }
        final long handle = pool.allocate(use, HashPage.lengthBytes(place));
        if (handle == BlockPool.NONE) {
            return;
        }
        final long address = pool.address(handle);
        HashPage.clear(address, place);
        for (int code = capacity(place) + 1, last = Math.min(size, capacity(place + 1)); code <= last; code++) {
            HashPage.add(address, place, code - 1 - capacity(place), hash(code));
        }
        hashHandles[place] = handle;
        final long[] changed = hashPages.clone();
        changed[place] = address;
        hashPages = changed;
    }

    private long entryAddress(final int code) {
        final int entry = code - 1;
        final int page = pageIndex(entry);
        return pages[page] + DictionaryPage.HEADER_BYTES + (long) (entry - capacity(page)) * DictionaryPage.ENTRY_BYTES;
    }

    /** Pages are powers of two less their headers: the power of two may lead to the page before. */
    private static int pageIndex(final int entry) {
        if (entry >= GROWING_ENTRIES) {
            return GROWING_PAGES + (entry - GROWING_ENTRIES) / LAST_PAGE_ENTRIES;
        }
        final int page = Integer.SIZE - 1 - Integer.numberOfLeadingZeros((entry >>> FIRST_PAGE_SHIFT) + 1);
        return entry < capacity(page + 1) ? page : page + 1;
    }

    /** Entries of the first pages. */
    private static int capacity(final int pageCount) {
        return pageCount <= GROWING_PAGES
            ? (1 << FIRST_PAGE_SHIFT + pageCount) - (1 << FIRST_PAGE_SHIFT) - LOST_ENTRIES * pageCount
            : GROWING_ENTRIES + (pageCount - GROWING_PAGES) * LAST_PAGE_ENTRIES;
    }
}
