package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Says of an id in which spans of a shard an event with it may be: of most new ids that it is in none. Belongs to the lane. Derived from
 * the rows and files that are there.
 *
 * <p>An entry has some bits of an id, a tag of a span and a hint ({@link FilterBucket}): four bytes and a third. It lies in the bucket that
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
    /** Hints are less. */
    public static final int HINT_END = 64;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private final FilterPages pages;
    private final FilterTags tags = new FilterTags();
    private final FilterSpill spill = new FilterSpill();
    private int sweptPages;
    /** 0 when they are there. */
    private int pagesExpected;
    /** What was read ahead, so that the reads are not in vain for the compiler. */
    private long touched;

    /** An empty filter that takes its pages from the pool. */
    public IdFilter(final BlockPool pool, final BlockUse use) {
        this.pages = new FilterPages(pool, use, tags, spill);
    }

    /** Whether it holds no memory. */
    public boolean isUnused() {
        return pages.count == 0;
    }

    /** A tag for a new span, or {@link #NO_TAG} if all are taken. There are enough for those of 42 hours. */
    public int takeTag() {
        int tag = tags.take();
        while (tag == NO_TAG && tags.hasDead()) {
            sweepSome(Integer.MAX_VALUE);
            tag = tags.take();
        }
        return tag;
    }

    /** The span of a tag is gone, and its ids count no more; their room is made free when it is needed. */
    public void release(final int tag) {
        tags.release(tag);
        if (tags.areAllDead()) {
            close();
        }
    }

    /** Whether tags are short that {@link #sweepSome} of all pages makes free. */
    public boolean isToSweep() {
        return sweptPages > 0 || tags.areShort();
    }

    /** Makes room of entries whose span is gone, in so many pages. */
    public void sweepSome(final int most) {
        if (sweptPages == 0) {
            tags.beginSweep();
        }
        for (int left = most; left > 0 && sweptPages < pages.count; left--) {
            pages.sweep(sweptPages);
            sweptPages++;
        }
        if (sweptPages >= pages.count) {
            spill.removeIf(tags::isDead);
            tags.endSweep();
            sweptPages = 0;
        }
    }

    /** Begins to prepare an empty filter for so many ids. Until {@link #isExpecting} says no there is only {@link #expectMore}. */
    public void beginExpect(final long ids) {
        if (!isUnused()) {
            throw new IllegalStateException("the filter is in use");
        }
        pagesExpected = pages.expect(ids);
    }

    /** Whether pages are lacking of those that were expected. */
    public boolean isExpecting() {
        return pagesExpected > 0;
    }

    /** Goes on with at most so many pages; false if the pool has no room for the next one. */
    public boolean expectMore(final int most) {
        for (int left = most; left > 0 && pages.count < pagesExpected; left--) {
            if (!pages.addExpected()) {
                return false;
            }
        }
        if (pages.count >= pagesExpected) {
            pagesExpected = 0;
        }
        return true;
    }

    /** Finds those of a batch's ids, from index 0 on, that may be there: {@link IdBatch#suspectCount}. */
    public void look(final IdBatch ids, final int count) {
        ids.suspectCount = 0;
        if (isUnused()) {
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
        final int page = pages.page(word);
        final int home = pages.bucket(word, page);
        final int key = FilterBucket.key(word, pages.positionBits(page));
        final long controls = FilterBucket.repeated(FilterBucket.control(word));
        final long at = FilterPage.address(pages.addresses[page], home);
        addCandidates(ids, at, controls, key);
        if (FilterBucket.isOverflowed(at)) {
            final int other = FilterPage.other(home, FilterBucket.control(word), pages.bucketBits);
            addCandidates(ids, FilterPage.address(pages.addresses[page], other), controls, key);
        }
        spill.addCandidates(ids, word, tags);
    }

    /**
     * Sees to room for some of a batch's ids. To be followed by {@link #insert} or {@link #cancel} of each before any other call.
     *
     * @return false if the pool has none; nothing is reserved then.
     */
    public boolean reserve(final IdBatch ids, final int from, final int to) {
        if (isUnused()) {
            beginExpect(to - from);
            if (!expectMore(1)) {
                // tags are of spans that are there
                pages.close();
                pagesExpected = 0;
                return false;
            }
        }
        for (int i = from; i < to; i++) {
            final long word = ids.words[i];
            int page = pages.page(word);
            while (pages.rooms[page] <= 0) {
                if (pages.isWorthSweeping(page)) {
                    pages.sweep(page);
                } else if (!grow(word, ids, from, i)) {
                    if (!pages.hasDead(page)) {
                        cancelAll(ids, from, i);
                        return false;
                    }
                    pages.sweep(page);
                }
                page = pages.page(word);
            }
            pages.rooms[page]--;
        }
        return true;
    }

    /** Gives the room of an id back. */
    public void cancel(final IdBatch ids, final int index) {
        pages.rooms[pages.page(ids.words[index])]++;
    }

    /**
     * Inserts an id for which room was reserved, though it may be there with another tag or the same.
     *
     * @param hint less than {@link #HINT_END}: told with the tag when the id is looked for.
     */
    public void insert(final IdBatch ids, final int index, final int tag, final int hint) {
        tags.onInserted(tag);
        final long word = ids.words[index];
        final int bucketBits = pages.bucketBits;
        final long start = pages.start(word);
        final long home = home(start, word, bucketBits);
        final int positionBits = ((int) start & FilterBucket.BYTES - 1) + bucketBits;
        final int control = FilterBucket.control(word);
        final int rest = FilterBucket.rest(FilterBucket.key(word, positionBits), hint);
        final int place = FilterBucket.free(home);
        if (place >= 0) {
            FilterBucket.put(home, place, control, rest, tag);
        } else if (!FilterPage.placeElsewhere(start & -FilterBucket.BYTES, bucketBits, home, control, rest, tag)) {
            spill.add(word, positionBits, rest, tag);
            pages.rooms[pages.page(word)]++;
        }
    }

    /** Releases all pages: the filter is empty, and all tags are free. */
    @Override
    public void close() {
        pages.close();
        sweptPages = 0;
        pagesExpected = 0;
        spill.clear();
        tags.clear();
    }

    private void touchHomes(final IdBatch ids, final int count) {
        final long[] starts = pages.starts;
        final long[] words = ids.words;
        final long[] homes = ids.addresses;
        final int shift = Long.SIZE - 1 - pages.depth;
        final int bucketBits = pages.bucketBits;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            // a shift by 64 would be a shift by none
            final long at = home(starts[(int) (words[i] >>> 1 >>> shift)], words[i], bucketBits);
            homes[i] = at;
            sum += MEMORY.get(LONG, at);
        }
        touched = sum;
    }

    /** Where a word's home is, by what leads to its page: of that, a shift takes the depth alone. */
    private static long home(final long start, final long word, final int bucketBits) {
        return (start & -FilterBucket.BYTES) + (word << (int) start >>> Long.SIZE - bucketBits << FilterBucket.SHIFT);
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
            if (FilterBucket.mayHold(at, controls) && holds(words[i], at, controls)) {
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
                ^ (long) FilterPage.other(0, FilterBucket.control(ids.words[index]), pages.bucketBits) << FilterBucket.SHIFT;
            ids.addresses[index] = at;
            sum += MEMORY.get(LONG, at);
        }
        touched += sum;
        for (int i = 0; i < count; i++) {
            final int index = ids.overflowed[i];
            final long at = ids.addresses[index];
            final long controls = FilterBucket.repeated(FilterBucket.control(ids.words[index]));
            if (FilterBucket.mayHold(at, controls) && holds(ids.words[index], at, controls)) {
                ids.addSuspect(index);
            }
        }
    }

    private boolean holds(final long word, final long bucket, final long controls) {
        final int key = FilterBucket.key(word, pages.positionBits(pages.page(word)));
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
            ids.addCandidate(tag, FilterBucket.hintOf(rest));
        }
    }

    /** Doubles the page of a word; what is reserved for ids stays so. */
    private boolean grow(final long word, final IdBatch ids, final int from, final int to) {
        cancelAll(ids, from, to);
        final boolean isGrown = pages.doublePage(word);
        for (int i = from; i < to; i++) {
            pages.rooms[pages.page(ids.words[i])]--;
        }
        return isGrown;
    }

    private void cancelAll(final IdBatch ids, final int from, final int to) {
        for (int i = from; i < to; i++) {
            cancel(ids, i);
        }
    }
}
