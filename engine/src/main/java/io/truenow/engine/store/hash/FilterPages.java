package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The pages of an {@link IdFilter}, which says how they grow, and the directory that leads to them. Belongs to the lane. */
final class FilterPages {
    private static final int MAX_DEPTH = 20;
    private static final int FILLING_SHIFT = 8;
    private static final int LEAST_FILLING = 180;
    private static final int FILLINGS = 56;
    /** A sweep is worth its while if an eighth of a page's places have dead entries: their number is shifted by so much. */
    private static final int DEAD_SHARE_SHIFT = 3;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private final BlockPool pool;
    private final BlockUse use;
    private final FilterTags tags;
    private final FilterSpill spill;

    /** Numbers of pages, by the words' first {@link #depth} bits. */
    int[] directory = {0};
    /** The same pages: where each begins, and its depth in the bits below {@link FilterBucket#BYTES}. */
    long[] starts = {0};
    int depth;
    /** All pages have as many buckets: a filter of more than one page has full-grown ones. */
    int bucketBits;

    int count;
    long[] addresses = new long[1];
    byte[] depths = new byte[1];
    /** Entries that a page may still take before it doubles, less those reserved. */
    int[] rooms = new int[1];
    private long[] handles = new long[1];
    /** {@link FilterTags#deadEntries} when what was dead was last taken out of a page. */
    private long[] deadBefore = new long[1];

    /** What is dead by its tag is left behind when pages double; what finds no room goes to the spill. */
    FilterPages(final BlockPool pool, final BlockUse use, final FilterTags tags, final FilterSpill spill) {
        this.pool = pool;
        this.use = use;
        this.tags = tags;
        this.spill = spill;
    }

    /** Prepares the directory for so many ids; returns how many pages there are to be. */
    int expect(final long ids) {
        int bits = 0;
        // a sixteenth less than full, as chance gives some pages more ids than others
        while (bits < MAX_DEPTH && ids > leastLimit(FilterPage.MAX_BUCKET_BITS) / 16 * 15L << bits) {
            bits++;
        }
        bucketBits = FilterPage.MAX_BUCKET_BITS;
        while (bits == 0 && bucketBits > FilterPage.MIN_BUCKET_BITS && ids <= leastLimit(bucketBits - 1)) {
            bucketBits--;
        }
        directory = new int[1 << bits];
        starts = new long[1 << bits];
        depth = bits;
        return directory.length;
    }

    /** Adds the next of the pages that were expected; false if the pool has no room. */
    boolean addExpected() {
        // in this order while there are only such pages
        final int page = addPage((long) count << 1 << Long.SIZE - 1 - depth, depth);
        if (page >= 0) {
            lead(page, 1, page);
        }
        return page >= 0;
    }

    /** Number of the page to which a word leads. */
    int page(final long word) {
        return directory[directoryIndex(word, depth)];
    }

    /** Where the page begins to which a word leads, and its depth: see {@link #starts}. */
    long start(final long word) {
        return starts[directoryIndex(word, depth)];
    }

    /** A word's home on its page. */
    int bucket(final long word, final int page) {
        return (int) (word << depths[page] >>> Long.SIZE - bucketBits);
    }

    /** How many of a word's first bits lead to its home. */
    int positionBits(final int page) {
        return depths[page] + bucketBits;
    }

    /** Whether a page has dead entries. */
    boolean hasDead(final int page) {
        return deadBefore[page] != tags.deadEntries();
    }

    /** Whether it has so many, by its share of all ids, that to take them out costs less than to double the page. */
    boolean isWorthSweeping(final int page) {
        return tags.deadEntries() - deadBefore[page] >>> depths[page] >= FilterBucket.ENTRIES << bucketBits >>> DEAD_SHARE_SHIFT;
    }

    /** Takes what is dead out of a page. */
    void sweep(final int page) {
        rooms[page] += FilterPage.sweep(addresses[page], bucketBits, tags);
        deadBefore[page] = tags.deadEntries();
    }

    void close() {
        for (int page = 0; page < count; page++) {
            pool.release(use, handles[page]);
        }
        count = 0;
        directory = new int[]{0};
        starts = new long[]{0};
        depth = 0;
    }

    /** A page of twice the buckets takes the place of the only one, or two pages that of one. */
    boolean doublePage(final long word) {
        final int page = page(word);
        final int pageDepth = depths[page];
        final long from = addresses[page];
        final long handle = handles[page];
        final int bits = bucketBits;
        final long prefix = prefix(word, pageDepth);
        if (bits < FilterPage.MAX_BUCKET_BITS) {
            final long larger = newPage(bits + 1);
            if (larger == BlockPool.NONE) {
                return false;
            }
            setPage(page, larger);
            bucketBits = bits + 1;
            rooms[page] = limit(prefix, pageDepth);
            lead(0, 1, page);
            moveAll(from, bits, prefix, pageDepth, page, page);
        } else {
            if (pageDepth == MAX_DEPTH) {
                return false;
            }
            final long low = newPage(bits);
            final int high = low == BlockPool.NONE ? -1 : addPage(prefix | 1L << Long.SIZE - 1 - pageDepth, pageDepth + 1);
            if (high < 0) {
                if (low != BlockPool.NONE) {
                    pool.release(use, low);
                }
                return false;
            }
            setPage(page, low);
            depths[page] = (byte) (pageDepth + 1);
            rooms[page] = limit(prefix, pageDepth + 1);
            moveAll(from, bits, prefix, pageDepth, page, high);
            if (pageDepth == depth) {
                doubleDirectory();
            }
            // the entries of a page are neighbours; the second half of them is the new page's
            final int entries = 1 << depth - pageDepth;
            final int first = directoryIndex(word, pageDepth) * entries;
            lead(first, entries / 2, page);
            lead(first + entries / 2, entries / 2, high);
        }
        pool.release(use, handle);
        return true;
    }

    /**
     * Moves the entries of a page to where twice the buckets are: to the first half of them on one page, to the second on another. A
     * bucket's own entries go to two buckets that nobody else has as home, so they find room there; then come the others.
     */
    private void moveAll(final long from, final int bits, final long prefix, final int pageDepth, final int low, final int high) {
        final int mask = (1 << bucketBits) - 1;
        for (int bucket = 0; bucket < 1 << bits; bucket++) {
            final int target = bucket >>> bits - 1 == 0 ? low : high;
            final long first = FilterPage.address(addresses[target], 2 * bucket & mask);
            rooms[target] -= FilterPage.divide(FilterPage.address(from, bucket), first, tags);
        }
        for (int bucket = 0; bucket < 1 << bits; bucket++) {
            final long at = FilterPage.address(from, bucket);
            for (int place = 0; place < FilterBucket.ENTRIES; place++) {
                final int control = FilterBucket.controlAt(at, place);
                final int rest = FilterBucket.restAt(at, place);
                if (control != 0 && FilterBucket.isDisplaced(rest) && !tags.isDead(FilterBucket.tagAt(at, place))) {
                    final int home = FilterPage.other(bucket, control, bits);
                    final long beginning = prefix | (long) home << Long.SIZE - pageDepth - bits;
                    moveDisplaced(home >>> bits - 1 == 0 ? low : high, beginning, pageDepth + bits + 1, at, place);
                }
            }
        }
    }

    private void moveDisplaced(final int page, final long beginning, final int positionBits, final long at, final int place) {
        final int control = FilterBucket.controlAt(at, place);
        final int tag = FilterBucket.tagAt(at, place);
        final int rest = FilterBucket.atHome(FilterBucket.restAt(at, place));
        final boolean isVoid = FilterBucket.isVoid(rest);
        final int moved = isVoid ? rest : FilterBucket.shortened(rest);
        if (isVoid || FilterBucket.firstBit(rest) == 0) {
            move(page, beginning, positionBits, control, moved, tag);
        }
        if (isVoid || FilterBucket.firstBit(rest) == 1) {
            move(page, beginning | 1L << Long.SIZE - positionBits, positionBits, control, moved, tag);
        }
    }

    private void move(final int page, final long beginning, final int positionBits, final int control, final int rest, final int tag) {
        final int home = (int) (beginning >>> Long.SIZE - positionBits) & (1 << bucketBits) - 1;
        if (FilterPage.place(addresses[page], bucketBits, home, control, rest, tag)) {
            rooms[page]--;
        } else {
            spill.add(beginning | control, positionBits, rest, tag);
        }
    }

    private static int directoryIndex(final long word, final int bits) {
        return (int) (word >>> 1 >>> Long.SIZE - 1 - bits);
    }

    /** A word's first bits, then zeros. */
    private static long prefix(final long word, final int bits) {
        return bits == 0 ? 0 : word >>> Long.SIZE - bits << Long.SIZE - bits;
    }

    private static int leastLimit(final int bits) {
        return (FilterBucket.ENTRIES << bits) * LEAST_FILLING >>> FILLING_SHIFT;
    }

    /** Entries of a page when it doubles: another number for each, so that not all double at once. */
    private int limit(final long prefix, final int pageDepth) {
        final int filling = LEAST_FILLING + (int) (((prefix | pageDepth) * GOLDEN >>> 32) * FILLINGS >>> 32);
        return (FilterBucket.ENTRIES << bucketBits) * filling >>> FILLING_SHIFT;
    }

    /** Number of a new page, or -1. */
    private int addPage(final long prefix, final int pageDepth) {
        final long handle = newPage(bucketBits);
        if (handle == BlockPool.NONE) {
            return -1;
        }
        if (count == handles.length) {
            handles = Arrays.copyOf(handles, count * 2);
            addresses = Arrays.copyOf(addresses, count * 2);
            rooms = Arrays.copyOf(rooms, count * 2);
            depths = Arrays.copyOf(depths, count * 2);
            deadBefore = Arrays.copyOf(deadBefore, count * 2);
        }
        depths[count] = (byte) pageDepth;
        rooms[count] = limit(prefix, pageDepth);
        setPage(count, handle);
        return count++;
    }

    private void setPage(final int page, final long handle) {
        handles[page] = handle;
        addresses[page] = pool.address(handle);
        deadBefore[page] = tags.deadEntries();
    }

    private long newPage(final int bits) {
        final int lengthBytes = FilterBucket.BYTES << bits;
        final long handle = lengthBytes > pool.maxBlockBytes() ? BlockPool.NONE : pool.allocate(use, lengthBytes);
        if (handle != BlockPool.NONE) {
            MEMORY.asSlice(pool.address(handle), lengthBytes).fill((byte) 0);
        }
        return handle;
    }

    /** Some entries lead to a page from now on. */
    private void lead(final int from, final int entries, final int page) {
        Arrays.fill(directory, from, from + entries, page);
        Arrays.fill(starts, from, from + entries, addresses[page] | depths[page]);
    }

    private void doubleDirectory() {
        final int[] doubled = new int[directory.length * 2];
        final long[] doubledStarts = new long[doubled.length];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = directory[i >>> 1];
            doubledStarts[i] = starts[i >>> 1];
        }
        directory = doubled;
        starts = doubledStarts;
        depth++;
    }
}
