package io.truenow.hottier.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Says of an id in which spans of a shard an event with it may be: of most new ids that it is in none. Belongs to the lane. Derived from
 * the rows and files that are there.
 *
 * <p>An entry has some bits of an id and the tag of a span (see {@link FilterBucket}): four bytes and a third. It lies in the bucket that
 * the id's first bits say, its home; where that is full in another one of the page, and the home is marked as overflowed. So a look at a
 * new id reads one cache line, or two.
 * <pre>
 *   page     a power of two of buckets, 4 to 2 048 (128 KiB), 70 to 92 % full when it doubles
 * </pre>
 * A filter is a single page that doubles while it is small. Later a page that doubles becomes two, to which the ids' first bits lead
 * through a directory. Pages double at different fillings, so that few do at a time. Compare cuckoo filters (Fan et al., CoNEXT 2014),
 * whose two places an entry has here, and InfiniFilter (Dayan et al., SIGMOD 2023), of which is how keys shrink as pages double.
 *
 * <p>An id that is not there is taken for one that may be with a probability of about 15 x (g + 2) / 2^17, where g is how often the filter
 * has doubled while it holds what it holds: 1 in 600 after 12 times within a day. Whoever asks looks closer then, so nothing depends on it
 * but time.
 *
 * <p>Growth happens only in {@link #reserve} and {@link #expectMore}; {@link #insert} into reserved room cannot fail.
 */
public final class IdFilter implements AutoCloseable {
    /** Tags are less. */
    public static final int TAG_END = 256;
    /** No tag. */
    public static final int NO_TAG = 0;
    /** In place of {@link #timeBits} where the event's time is not known. */
    public static final int NO_TIME = 63;

    private static final int MAX_DEPTH = 20;
    private static final int FILLING_SHIFT = 8;
    private static final int LEAST_FILLING = 180;
    private static final int FILLINGS = 56;
    private static final int TIMES = 63;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private final BlockPool pool;
    private final BlockUse use;

    /** Numbers of pages, by the words' first {@code depth} bits. */
    private int[] directory = {0};
    private int depth;
    /** All pages have as many buckets: a filter of more than one page has full-grown ones. */
    private int bucketBits;

    private int pageCount;
    private long[] handles = new long[1];
    private long[] addresses = new long[1];
    /** Entries that a page may still take before it doubles, less those reserved. */
    private int[] rooms = new int[1];
    private byte[] depths = new byte[1];

    private final FilterTags tags = new FilterTags();
    private final FilterSpill spill = new FilterSpill();
    private int sweptPages;
    private boolean isExpecting;
    /** What was read ahead, so that the reads are not in vain for the compiler. */
    private long touched;

    /** An empty filter that takes its pages from the pool. */
    public IdFilter(final BlockPool pool, final BlockUse use) {
        this.pool = pool;
        this.use = use;
    }

    /** What of an event's time an entry keeps: for different times it is the same with a probability of 1/63. */
    public static int timeBits(final long eventTimeUs) {
        return (int) (((eventTimeUs ^ eventTimeUs >>> 32) * GOLDEN >>> 32) * TIMES >>> 32);
    }

    /** Whether it holds no memory. */
    public boolean isUnused() {
        return pageCount == 0;
    }

    /** A tag for a new span. There are enough for those of a day and a half. */
    public int takeTag() {
        int tag = tags.take();
        while (tag == NO_TAG && tags.hasDead()) {
            sweepSome(Integer.MAX_VALUE);
            tag = tags.take();
        }
        if (tag == NO_TAG) {
            throw new IllegalStateException("there are more spans than tags");
        }
        return tag;
    }

    /** The span of a tag is gone, and its ids count no more; their room is made free by and by. */
    public void release(final int tag) {
        tags.release(tag);
        if (tags.areAllDead()) {
            close();
        }
    }

    /** Whether entries are there whose span is gone. */
    public boolean hasDead() {
        return tags.hasDead();
    }

    /** Makes room of entries whose span is gone, in so many pages. */
    public void sweepSome(final int pages) {
        if (sweptPages == 0) {
            tags.beginSweep();
        }
        for (int left = pages; left > 0 && sweptPages < pageCount; left--) {
            rooms[sweptPages] += FilterPage.sweep(addresses[sweptPages], bucketBits, tags);
            sweptPages++;
        }
        if (sweptPages >= pageCount) {
            spill.removeIf(tags::isDead);
            tags.endSweep();
            sweptPages = 0;
        }
    }

    /** Begins to prepare an empty filter for so many ids. Until {@link #isExpecting} says no there is only {@link #expectMore}. */
    public void beginExpect(final long ids) {
        if (pageCount > 0) {
            throw new IllegalStateException("the filter is in use");
        }
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
        depth = bits;
        isExpecting = true;
    }

    /** Whether pages are lacking of those that were expected. */
    public boolean isExpecting() {
        return isExpecting;
    }

    /** Goes on with at most so many pages; false if the pool has no room for the next one. */
    public boolean expectMore(final int pages) {
        for (int left = pages; left > 0 && pageCount < directory.length; left--) {
            // in this order while there are only pages that were expected
            final int page = addPage((long) pageCount << 1 << Long.SIZE - 1 - depth, depth);
            if (page < 0) {
                return false;
            }
            directory[page] = page;
        }
        isExpecting = pageCount < directory.length;
        return true;
    }

    /** Finds those of a batch's ids, from index 0 on, that may be there: {@link IdBatch#suspectCount}. */
    public void look(final IdBatch ids, final int count) {
        ids.suspectCount = 0;
        if (pageCount == 0) {
            return;
        }
        touchHomes(ids, count);
        touchOthers(ids, lookAtHomes(ids, count));
        if (!spill.isEmpty()) {
            for (int i = 0; i < count; i++) {
                if (spill.mayHold(ids.words[i])) {
                    ids.addSuspect(i);
                }
            }
        }
    }

    /** Reads ahead what {@link #insert} of ids from index 0 on will need, so that the misses of the cache overlap. */
    public void touch(final IdBatch ids, final int count) {
        touchHomes(ids, count);
    }

    /** Finds the spans in which an event with a suspected id may be: {@link IdBatch#candidateCount}. */
    public void findCandidates(final IdBatch ids, final int index) {
        ids.candidateCount = 0;
        final long word = ids.words[index];
        final int page = page(word);
        final int home = bucket(word, page);
        final int key = FilterBucket.key(word, depths[page] + bucketBits);
        final long controls = FilterBucket.repeated(FilterBucket.control(word));
        final long at = FilterPage.address(addresses[page], home);
        addCandidates(ids, at, controls, key);
        if (FilterBucket.isOverflowed(at)) {
            final int other = FilterPage.other(home, FilterBucket.control(word), bucketBits);
            addCandidates(ids, FilterPage.address(addresses[page], other), controls, key);
        }
        spill.addCandidates(ids, word, tags);
    }

    /**
     * Sees to room for some of a batch's ids. To be followed by {@link #insert} or {@link #cancel} of each before any other call.
     *
     * @return false if the pool has none; nothing is reserved then.
     */
    public boolean reserve(final IdBatch ids, final int from, final int to) {
        if (pageCount == 0) {
            beginExpect(to - from);
            if (!expectMore(1)) {
                close();
                return false;
            }
        }
        for (int i = from; i < to; i++) {
            final long word = ids.words[i];
            int page = page(word);
            while (rooms[page] <= 0) {
                if (!grow(word, ids, from, i)) {
                    return false;
                }
                page = page(word);
            }
            rooms[page]--;
        }
        return true;
    }

    /** Gives the room of an id back. */
    public void cancel(final IdBatch ids, final int index) {
        rooms[page(ids.words[index])]++;
    }

    /** Inserts an id for which room was reserved, though it may be there with another tag or the same. */
    public void insert(final IdBatch ids, final int index, final int tag, final int time) {
        final long word = ids.words[index];
        final int page = page(word);
        final int rest = FilterBucket.rest(FilterBucket.key(word, depths[page] + bucketBits), time);
        if (!FilterPage.place(addresses[page], bucketBits, bucket(word, page), FilterBucket.control(word), rest, tag)) {
            spill.add(word, depths[page] + bucketBits, rest, tag);
            rooms[page]++;
        }
    }

    /** Releases all pages: the filter is empty, and all tags are free. */
    @Override
    public void close() {
        for (int page = 0; page < pageCount; page++) {
            pool.release(use, handles[page]);
        }
        pageCount = 0;
        directory = new int[]{0};
        depth = 0;
        sweptPages = 0;
        isExpecting = false;
        spill.clear();
        tags.clear();
    }

    private void touchHomes(final IdBatch ids, final int count) {
        final int[] numbers = directory;
        final long[] starts = addresses;
        final byte[] pageDepths = depths;
        final long[] words = ids.words;
        final long[] homes = ids.addresses;
        final int shift = Long.SIZE - 1 - depth;
        final int bucketShift = Long.SIZE - bucketBits;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            final long word = words[i];
            // a shift by 64 would be a shift by none
            final int page = numbers[(int) (word >>> 1 >>> shift)];
            final long at = starts[page] + (word << pageDepths[page] >>> bucketShift << FilterBucket.SHIFT);
            homes[i] = at;
            sum += MEMORY.get(LONG, at);
        }
        touched = sum;
    }

    /** Returns how many ids are to be looked for in other buckets. */
    private int lookAtHomes(final IdBatch ids, final int count) {
        final long[] words = ids.words;
        final long[] homes = ids.addresses;
        final int[] overflowed = ids.overflowed;
        int overflowedCount = 0;
        for (int i = 0; i < count; i++) {
            final long at = homes[i];
            final long controls = FilterBucket.repeated(FilterBucket.control(words[i]));
            if ((FilterBucket.first(at, controls) | FilterBucket.second(at, controls)) != 0 && holds(words[i], at, controls)) {
                ids.addSuspect(i);
            }
            overflowed[overflowedCount] = i;
            overflowedCount += FilterBucket.isOverflowed(at) ? 1 : 0;
        }
        return overflowedCount;
    }

    private void touchOthers(final IdBatch ids, final int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            final int index = ids.overflowed[i];
            // pages are aligned to their length
            final long at = ids.addresses[index]
                ^ (long) FilterPage.other(0, FilterBucket.control(ids.words[index]), bucketBits) << FilterBucket.SHIFT;
            ids.addresses[index] = at;
            sum += MEMORY.get(LONG, at);
        }
        touched += sum;
        for (int i = 0; i < count; i++) {
            final int index = ids.overflowed[i];
            final long at = ids.addresses[index];
            final long controls = FilterBucket.repeated(FilterBucket.control(ids.words[index]));
            if ((FilterBucket.first(at, controls) | FilterBucket.second(at, controls)) != 0 && holds(ids.words[index], at, controls)) {
                ids.addSuspect(index);
            }
        }
    }

    private boolean holds(final long word, final long bucket, final long controls) {
        final int key = FilterBucket.key(word, depths[page(word)] + bucketBits);
        for (long found = FilterBucket.first(bucket, controls); found != 0; found &= found - 1) {
            if (FilterBucket.matches(FilterBucket.restAt(bucket, FilterBucket.place(found)), key)) {
                return true;
            }
        }
        for (long found = FilterBucket.second(bucket, controls); found != 0; found &= found - 1) {
            if (FilterBucket.matches(FilterBucket.restAt(bucket, Long.BYTES + FilterBucket.place(found)), key)) {
                return true;
            }
        }
        return false;
    }

    private void addCandidates(final IdBatch ids, final long bucket, final long controls, final int key) {
        for (long found = FilterBucket.first(bucket, controls); found != 0; found &= found - 1) {
            addCandidate(ids, bucket, FilterBucket.place(found), key);
        }
        for (long found = FilterBucket.second(bucket, controls); found != 0; found &= found - 1) {
            addCandidate(ids, bucket, Long.BYTES + FilterBucket.place(found), key);
        }
    }

    private void addCandidate(final IdBatch ids, final long bucket, final int place, final int key) {
        final int rest = FilterBucket.restAt(bucket, place);
        final int tag = FilterBucket.tagAt(bucket, place);
        if (FilterBucket.matches(rest, key) && !tags.isDead(tag)) {
            ids.addCandidate(tag, FilterBucket.timeOf(rest));
        }
    }

    private boolean grow(final long word, final IdBatch ids, final int from, final int to) {
        for (int i = from; i < to; i++) {
            cancel(ids, i);
        }
        if (!doublePage(word)) {
            return false;
        }
        for (int i = from; i < to; i++) {
            rooms[page(ids.words[i])]--;
        }
        return true;
    }

    /** A page of twice the buckets takes the place of the only one, or two pages that of one. */
    private boolean doublePage(final long word) {
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
            Arrays.fill(directory, first + entries / 2, first + entries, high);
        }
        pool.release(use, handle);
        return true;
    }

    /** Moves the entries of a page to where twice the buckets are: to the first half of them on one page, to the second on another. */
    private void moveAll(final long from, final int bits, final long prefix, final int pageDepth, final int low, final int high) {
        for (int bucket = 0; bucket < 1 << bits; bucket++) {
            final long at = FilterPage.address(from, bucket);
            for (int place = 0; place < FilterBucket.ENTRIES; place++) {
                final int control = FilterBucket.controlAt(at, place);
                final int tag = FilterBucket.tagAt(at, place);
                if (control != 0 && !tags.isDead(tag)) {
                    final int rest = FilterBucket.restAt(at, place);
                    final int home = FilterBucket.isDisplaced(rest) ? FilterPage.other(bucket, control, bits) : bucket;
                    final int target = home >>> bits - 1 == 0 ? low : high;
                    final boolean isVoid = FilterBucket.isVoid(rest);
                    final int moved = FilterBucket.atHome(isVoid ? rest : FilterBucket.shortened(rest));
                    final long beginning = prefix | (long) home << Long.SIZE - pageDepth - bits;
                    final int positionBits = pageDepth + bits + 1;
                    final int firstBit = FilterBucket.firstBit(rest);
                    if (isVoid || firstBit == 0) {
                        move(target, beginning, positionBits, control, moved, tag);
                    }
                    if (isVoid || firstBit == 1) {
                        move(target, beginning | 1L << Long.SIZE - positionBits, positionBits, control, moved, tag);
                    }
                }
            }
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

    private int page(final long word) {
        return directory[directoryIndex(word, depth)];
    }

    private int bucket(final long word, final int page) {
        return (int) (word << depths[page] >>> Long.SIZE - bucketBits);
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
        if (pageCount == handles.length) {
            handles = Arrays.copyOf(handles, pageCount * 2);
            addresses = Arrays.copyOf(addresses, pageCount * 2);
            rooms = Arrays.copyOf(rooms, pageCount * 2);
            depths = Arrays.copyOf(depths, pageCount * 2);
        }
        depths[pageCount] = (byte) pageDepth;
        rooms[pageCount] = limit(prefix, pageDepth);
        setPage(pageCount, handle);
        return pageCount++;
    }

    private void setPage(final int page, final long handle) {
        handles[page] = handle;
        addresses[page] = pool.address(handle);
    }

    private long newPage(final int bits) {
        final int lengthBytes = FilterBucket.BYTES << bits;
        final long handle = lengthBytes > pool.maxBlockBytes() ? BlockPool.NONE : pool.allocate(use, lengthBytes);
        if (handle != BlockPool.NONE) {
            MEMORY.asSlice(pool.address(handle), lengthBytes).fill((byte) 0);
        }
        return handle;
    }

    private void doubleDirectory() {
        final int[] doubled = new int[directory.length * 2];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = directory[i >>> 1];
        }
        directory = doubled;
        depth++;
    }
}
