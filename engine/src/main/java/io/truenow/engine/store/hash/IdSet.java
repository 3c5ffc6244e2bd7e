package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The ids of a span's events: its dedup table. Belongs to the lane. Derived from the committed rows.
 *
 * <p>80 bits stand for an id (see {@link IdBatch}), so an event is dropped in error with a probability of n / 2^80 in a table of n ids.
 * Ids lie in buckets of a cache line, buckets in pages:
 * <pre>
 *   bucket   64 bytes: int64 word[6], int16 rest[6], int8 count, 6 x 4 bits of the event's time
 *   page     a power of two of buckets, 4 to 2 048 (128 KiB), at most 7/8 full
 * </pre>
 * A word's low bits choose the bucket of a page; where that is full the id is in the next one. A table is a single page that doubles while
 * it is small. Later a page splits in two by the next of the word's top bits, which lead to pages through a directory: so growth moves one
 * page at a time, some ten thousand ids.
 *
 * <p>Growth happens only in {@link #reserve}; {@link #insert} into reserved room cannot fail. Reserving reads a piece of each bucket that
 * insertion will need, so that the misses of the cache overlap; insertion writes.
 */
public final class IdSet implements AutoCloseable {
    /** After so many splits a page splits no more and there is no room: 2^20 pages of 128 KiB. */
    private static final int MAX_DEPTH = 20;
    private static final int NONE = -1;
    private static final int BUCKET_BYTES = 64;
    private static final int BUCKET_SHIFT = 6;
    private static final int BUCKET_IDS = 6;
    private static final int RESTS_OFFSET = BUCKET_IDS * Long.BYTES;
    private static final int COUNT_OFFSET = RESTS_OFFSET + BUCKET_IDS * Short.BYTES;
    private static final int COUNT_MASK = 0xFF;
    private static final int TIMES_SHIFT = 8;
    private static final int TIME_BITS = 4;
    private static final int TIME_MASK = (1 << TIME_BITS) - 1;
    private static final int MIN_BUCKETS = BlockPool.MIN_BLOCK_BYTES / BUCKET_BYTES;
    private static final int MAX_BUCKETS = 2_048;
    /** Alignment is known to be right; these spare the test of it with each access. */
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private final BlockPool pool;
    private final BlockUse use;

    /** Numbers of pages, by the words' top {@code depth} bits. */
    private int[] directory = {0};
    private int depth;
    /** All pages have as many: a table of more than one page has full-grown ones. */
    private int buckets;

    private int pageCount;
    private long[] handles = new long[1];
    private long[] addresses = new long[1];
    /** Ids that a page may still take before it grows, less those reserved. */
    private int[] rooms = new int[1];
    private byte[] depths = new byte[1];

    private long size;
    private boolean isExpecting;
    /** What was read ahead, so that the reads are not in vain for the compiler. */
    private int touched;

    /** What an id's event keeps of its time, in microseconds: for different times it is the same with a probability of about 1/16. */
    static int timeBits(final long eventTimeUs) {
        return TimeBits.of(eventTimeUs) & TIME_MASK;
    }

    /** An empty set that takes its pages from the pool. */
    public IdSet(final BlockPool pool, final BlockUse use) {
        this.pool = pool;
        this.use = use;
    }

    /** Whether it holds no memory. */
    public boolean isUnused() {
        return pageCount == 0;
    }

    /** Ids held. */
    public long size() {
        return size;
    }

    /**
     * Prepares an empty set for so many ids, as when it is built from rows that are there; it may still grow.
     *
     * @return false if the pool has no room.
     */
    public boolean expect(final long ids) {
        if (pageCount > 0) {
            throw new IllegalStateException("the set is in use");
        }
        beginExpect(ids);
        return expectMore(Integer.MAX_VALUE);
    }

    /** Begins to prepare an empty set for so many ids. Until {@link #isExpecting} says no there is only {@link #expectMore}. */
    public void beginExpect(final long ids) {
        int bits = 0;
        // a sixteenth less than full, as chance gives some pages more ids than others
        while (bits < MAX_DEPTH && ids > limit(MAX_BUCKETS) / 16 * 15L << bits) {
            bits++;
        }
        buckets = bits > 0 ? MAX_BUCKETS : bucketsFor(ids);
        directory = new int[1 << bits];
        depth = bits;
        isExpecting = true;
    }

    /** Whether pages are lacking of those that were expected. */
    public boolean isExpecting() {
        return isExpecting;
    }

    /** Goes on with at most so many pages; false if the pool has no room for the next one: the set is empty then. */
    public boolean expectMore(final int pages) {
        for (int left = pages; left > 0 && pageCount < directory.length; left--) {
            // in this order while there are only pages that were expected
            final int page = addPage(depth);
            if (page < 0) {
                close();
                return false;
            }
            directory[page] = page;
        }
        isExpecting = pageCount < directory.length;
        return true;
    }

    /**
     * Sees to room for some of a batch's ids, whether they are there or not. To be followed by {@link #insert} or {@link #cancel} of the
     * same ids before any other call.
     *
     * @return false if the pool has none; nothing is reserved then.
     */
    public boolean reserve(final IdBatch ids, final int from, final int to) {
        if (pageCount == 0 && !expect(to - from)) {
            return false;
        }
        int next = from;
        while (next < to) {
            next = reserveSome(ids, next, to);
            if (next < to) {
                cancel(ids, from, next);
                if (!grow(ids.words[next], to - from)) {
                    return false;
                }
                next = from;
            }
        }
        return true;
    }

    /** Gives the room back. */
    public void cancel(final IdBatch ids, final int from, final int to) {
        final int shift = Long.SIZE - 1 - depth;
        for (int i = from; i < to; i++) {
            rooms[directory[(int) (ids.words[i] >>> 1 >>> shift)]]++;
        }
    }

    /** Inserts ids for which room was reserved; none of them is there, and none comes twice. Their times are set. */
    public void insert(final IdBatch ids, final int from, final int to) {
        for (int i = from; i < to; i++) {
            long at = ids.addresses[i];
            while (!put(at, ids.words[i], ids.rests[i], ids.times[i])) {
                at = following(at, ids.words[i]);
            }
        }
        size += to - from;
    }

    /** Whether an id of the batch is there. */
    public boolean contains(final IdBatch ids, final int index) {
        return find(ids, index) != NONE;
    }

    /** Whether the event of an id that is there certainly has another time than this one, in microseconds. */
    public boolean hasOtherTime(final IdBatch ids, final int index, final long eventTimeUs) {
        final int bits = find(ids, index);
        return bits != NONE && bits != timeBits(eventTimeUs);
    }

    /** What is kept of the time of an id of the batch, or {@link #NONE} if it is not there. */
    private int find(final IdBatch ids, final int index) {
        if (pageCount == 0) {
            return NONE;
        }
        final long word = ids.words[index];
        final short rest = ids.rests[index];
        long at = bucketAddress(word);
        while (true) {
            final int state = MEMORY.get(INT, at + COUNT_OFFSET);
            for (int i = (state & COUNT_MASK) - 1; i >= 0; i--) {
                if (word(at, i) == word && rest(at, i) == rest) {
                    return time(state, i);
                }
            }
            if ((state & COUNT_MASK) < BUCKET_IDS) {
                return NONE;
            }
            at = following(at, word);
        }
    }

    /** Releases all pages: the set is empty. */
    @Override
    public void close() {
        for (int page = 0; page < pageCount; page++) {
            pool.release(use, handles[page]);
        }
        pageCount = 0;
        directory = new int[]{0};
        depth = 0;
        size = 0;
        isExpecting = false;
    }

    /** Reserves for ids up to the first whose page is full, and answers its index; reads their buckets ahead. */
    private int reserveSome(final IdBatch ids, final int from, final int to) {
        final int[] numbers = directory;
        final long[] starts = addresses;
        final int[] left = rooms;
        final long[] words = ids.words;
        final long[] targets = ids.addresses;
        final int shift = Long.SIZE - 1 - depth;
        final long mask = buckets - 1L;
        int sum = 0;
        int i = from;
        while (i < to) {
            final long word = words[i];
            // a shift by 64 would be a shift by none
            final int page = numbers[(int) (word >>> 1 >>> shift)];
            final int room = left[page];
            if (room == 0) {
                break;
            }
            left[page] = room - 1;
            final long at = starts[page] + ((word & mask) << BUCKET_SHIFT);
            targets[i++] = at;
            sum += MEMORY.get(INT, at + COUNT_OFFSET);
        }
        touched = sum;
        return i;
    }

    /** What lies beyond a bucket's count is of no meaning, but for the bits of times there, which are zero. */
    private static boolean put(final long at, final long word, final short rest, final int time) {
        final int state = MEMORY.get(INT, at + COUNT_OFFSET);
        final int count = state & COUNT_MASK;
        if (count == BUCKET_IDS) {
            return false;
        }
        MEMORY.set(LONG, at + (long) count * Long.BYTES, word);
        MEMORY.set(SHORT, at + RESTS_OFFSET + (long) count * Short.BYTES, rest);
        MEMORY.set(INT, at + COUNT_OFFSET, (state | time << TIMES_SHIFT + count * TIME_BITS) + 1);
        return true;
    }

    private static int time(final int state, final int index) {
        return state >>> TIMES_SHIFT + index * TIME_BITS & TIME_MASK;
    }

    private static long word(final long bucketAddress, final int index) {
        return MEMORY.get(LONG, bucketAddress + (long) index * Long.BYTES);
    }

    private static short rest(final long bucketAddress, final int index) {
        return MEMORY.get(SHORT, bucketAddress + RESTS_OFFSET + (long) index * Short.BYTES);
    }

    private long bucketAddress(final long word) {
        return addresses[page(word)] + ((word & buckets - 1L) << BUCKET_SHIFT);
    }

    private long following(final long at, final long word) {
        return following(at, addresses[page(word)], buckets);
    }

    private static long following(final long at, final long start, final int buckets) {
        return at + BUCKET_BYTES == start + (long) buckets * BUCKET_BYTES ? start : at + BUCKET_BYTES;
    }

    private int page(final long word) {
        return directory[directoryIndex(word, depth)];
    }

    private static int directoryIndex(final long word, final int bits) {
        return (int) (word >>> 1 >>> Long.SIZE - 1 - bits);
    }

    private static int limit(final int buckets) {
        return buckets * BUCKET_IDS / 8 * 7;
    }

    private static int bucketsFor(final long ids) {
        int enough = MIN_BUCKETS;
        while (enough < MAX_BUCKETS && ids > limit(enough)) {
            enough *= 2;
        }
        return enough;
    }

    /** Number of a new page of the table's size, or -1. */
    private int addPage(final int pageDepth) {
        final long handle = newPage(buckets);
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
        rooms[pageCount] = limit(buckets);
        setPage(pageCount, handle);
        return pageCount++;
    }

    private void setPage(final int page, final long handle) {
        handles[page] = handle;
        addresses[page] = pool.address(handle);
    }

    private long newPage(final int pageBuckets) {
        final int lengthBytes = pageBuckets * BUCKET_BYTES;
        final long handle = lengthBytes > pool.maxBlockBytes() ? BlockPool.NONE : pool.allocate(use, lengthBytes);
        if (handle != BlockPool.NONE) {
            MEMORY.asSlice(pool.address(handle), lengthBytes).fill((byte) 0);
        }
        return handle;
    }

    private boolean grow(final long word, final int wanted) {
        return buckets < MAX_BUCKETS ? enlarge(wanted) : split(word);
    }

    /** The only page grows. */
    private boolean enlarge(final int wanted) {
        final int larger = Math.max(buckets * 2, bucketsFor(size + wanted));
        final long handle = newPage(larger);
        if (handle == BlockPool.NONE) {
            return false;
        }
        final long start = pool.address(handle);
        for (long at = addresses[0], end = at + (long) buckets * BUCKET_BYTES; at < end; at += BUCKET_BYTES) {
            final int state = MEMORY.get(INT, at + COUNT_OFFSET);
            for (int i = 0; i < (state & COUNT_MASK); i++) {
                move(word(at, i), rest(at, i), time(state, i), start, larger);
            }
        }
        pool.release(use, handles[0]);
        setPage(0, handle);
        rooms[0] += limit(larger) - limit(buckets);
        buckets = larger;
        return true;
    }

    private boolean split(final long word) {
        final int page = page(word);
        final int pageDepth = depths[page];
        if (pageDepth == MAX_DEPTH) {
            return false;
        }
        final int high = addPage(pageDepth + 1);
        if (high < 0) {
            return false;
        }
        final int moved = divide(addresses[page], Long.SIZE - 1 - pageDepth, addresses[high]);
        depths[page]++;
        rooms[page] += moved;
        rooms[high] -= moved;
        if (pageDepth == depth) {
            doubleDirectory();
        }
        // the entries of a page are neighbours; the upper half of them is the new page's
        final int entries = 1 << depth - pageDepth;
        final int first = directoryIndex(word, pageDepth) * entries;
        Arrays.fill(directory, first + entries / 2, first + entries, high);
        return true;
    }

    /**
     * Takes the ids with a bit set to an empty page; the others stay, nearer to their buckets. Begins behind a bucket that is not full, so
     * none that comes later belongs before it, and each finds its place among those already emptied.
     */
    private int divide(final long start, final int bit, final long highStart) {
        final long end = start + (long) buckets * BUCKET_BYTES;
        long before = start;
        while ((MEMORY.get(INT, before + COUNT_OFFSET) & COUNT_MASK) == BUCKET_IDS) {
            before += BUCKET_BYTES;
        }
        int moved = 0;
        long at = before;
        for (int bucket = 0; bucket < buckets; bucket++) {
            at = at + BUCKET_BYTES == end ? start : at + BUCKET_BYTES;
            final int state = MEMORY.get(INT, at + COUNT_OFFSET);
            MEMORY.set(INT, at + COUNT_OFFSET, 0);
            for (int i = 0; i < (state & COUNT_MASK); i++) {
                final long word = word(at, i);
                final int isHigh = (int) (word >>> bit) & 1;
                move(word, rest(at, i), time(state, i), start + (-isHigh & highStart - start), buckets);
                moved += isHigh;
            }
        }
        return moved;
    }

    private static void move(final long word, final short rest, final int time, final long start, final int buckets) {
        long at = start + ((word & buckets - 1L) << BUCKET_SHIFT);
        while (!put(at, word, rest, time)) {
            at = following(at, start, buckets);
        }
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
