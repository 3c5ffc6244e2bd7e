package io.truenow.engine.scan.sketch;

import io.truenow.engine.store.segment.Block;
import io.truenow.format.sketch.DoubleOrder;
import io.truenow.format.sketch.QuantileSketch;

import java.util.Arrays;

/**
 * A counter for each group and bucket of 2^shift neighbouring doubles. All at once where they are few; else in pages of 256 that are made
 * when first met, so that a range of many magnitudes costs only what of it occurs. At the usual shift a power of two has 512 buckets.
 */
final class PlaceCounters {
    private static final int PAGE_SHIFT = 8;
    private static final int PAGE_COUNTERS = 1 << PAGE_SHIFT;
    /** 512 buckets for each power of two: a bucket is at most 0.2 % wide. */
    static final int USUAL_SHIFT = 43;
    /** So that the distance of 0 from 1 is an int. */
    private static final int MIN_FRACTIONS_SHIFT = 33;
    /** A narrower range has buckets as fine as this allows. */
    private static final int FINE_BUCKETS = 1 << 13;
    private static final int MAX_PAGES_OF_GROUP = 1 << 13;
    static final int MAX_GROUPS = 256;
    private static final int KEPT_COUNTERS = 1 << 20;
    private static final int MAX_FLAT_COUNTERS = 1 << 18;
    /** 16 MiB; a block of rows may add as much as 4 MiB. */
    private static final int MAX_COUNTERS = 1 << 22;

    /** By group, then bucket: where the page begins; 0 for none. */
    private int[] pages = new int[0];
    private int[] counters = new int[PAGE_COUNTERS * 8];
    private int used;
    private int pagesOfGroup;
    private int groupLimit;
    private int shift;
    private long firstKey;
    private long seenBits;
    /** Whether the first bucket is that of 0 and the second that of 1, which is half of all powers of two away. */
    private boolean skipsFractions;
    /** Whether all pages are there, one behind the other. */
    private boolean isFlat;
    private final int[] places = new int[Block.MAX_ROWS];

    void begin(final double min, final double max, final boolean isInteger, final int newGroupLimit) {
        skipsFractions = isInteger && min == 0;
        final long least = DoubleOrder.place(skipsFractions ? 1 : min);
        final long greatest = DoubleOrder.place(max);
        shift = USUAL_SHIFT;
        while (shift > (skipsFractions ? MIN_FRACTIONS_SHIFT : 0) && (greatest >> shift - 1) - (least >> shift - 1) < FINE_BUCKETS) {
            shift--;
        }
        while ((greatest >> shift) - (least >> shift) >> PAGE_SHIFT >= MAX_PAGES_OF_GROUP) {
            shift++;
        }
        firstKey = (least >> shift) - (skipsFractions ? 1 : 0);
        pagesOfGroup = (int) ((greatest >> shift) - firstKey >> PAGE_SHIFT) + 1;
        if (counters.length > KEPT_COUNTERS) {
            counters = new int[PAGE_COUNTERS * 8];
        }
        used = PAGE_COUNTERS;
        groupLimit = 0;
        seenBits = 0;
        isFlat = false;
        extend(newGroupLimit);
        final int all = pagesOfGroup * groupLimit;
        if (all << PAGE_SHIFT <= MAX_FLAT_COUNTERS) {
            isFlat = true;
            for (int i = 0; i < all; i++) {
                pages[i] = newPage();
            }
        }
    }

    /** Sees to so many groups; false if they are too many. */
    boolean extend(final int newGroupLimit) {
        if (newGroupLimit > MAX_GROUPS) {
            return false;
        }
        if (newGroupLimit > groupLimit) {
            if (newGroupLimit * pagesOfGroup > pages.length) {
                pages = Arrays.copyOf(pages, newGroupLimit * pagesOfGroup);
            }
            Arrays.fill(pages, groupLimit * pagesOfGroup, newGroupLimit * pagesOfGroup, 0);
            groupLimit = newGroupLimit;
            isFlat = false;
        }
        return true;
    }

    void take(final int[] groups, final double[] values, final int count) {
        if (isFlat) {
            takeFlat(groups, values, count);
        } else {
            takePaged(groups, values, count);
        }
    }

    private void takeFlat(final int[] groups, final double[] values, final int count) {
        final int[] target = counters;
        final int[] at = places;
        final int width = pagesOfGroup << PAGE_SHIFT;
        final int by = shift;
        final long first = firstKey;
        long bits = 0;
        for (int i = 0; i < count; i++) {
            final long place = DoubleOrder.place(values[i]);
            bits |= place;
            at[i] = (int) ((place >> by) - first);
        }
        seenBits |= bits;
        if (skipsFractions) {
            for (int i = 0; i < count; i++) {
                at[i] = Math.max(0, at[i]);
            }
        }
        for (int i = 0; i < count; i++) {
            at[i] += groups[i] * width + PAGE_COUNTERS;
        }
        for (int i = 0; i < count; i++) {
            target[at[i]]++;
        }
    }

    private void takePaged(final int[] groups, final double[] values, final int count) {
        final int[] directory = pages;
        final int directoryWidth = pagesOfGroup;
        final int by = shift;
        final long first = firstKey;
        int[] target = counters;
        long bits = 0;
        for (int i = 0; i < count; i++) {
            final long place = DoubleOrder.place(values[i]);
            bits |= place;
            final int key = Math.max(0, (int) ((place >> by) - first));
            final int at = groups[i] * directoryWidth + (key >>> PAGE_SHIFT);
            int page = directory[at];
            if (page == 0) {
                page = newPage();
                directory[at] = page;
                target = counters;
            }
            target[page + (key & PAGE_COUNTERS - 1)]++;
        }
        seenBits |= bits;
    }

    void drainTo(final HashedCounters target) {
        for (int group = 0; group < groupLimit; group++) {
            for (int i = 0; i < pagesOfGroup; i++) {
                final int page = pages[group * pagesOfGroup + i];
                for (int counter = 0; page != 0 && counter < PAGE_COUNTERS; counter++) {
                    if (counters[page + counter] != 0) {
                        target.take(group, key(i, counter) << shift, counters[page + counter]);
                    }
                }
            }
        }
        target.coarsenTo(shift, seenBits);
    }

    /** Makes cells, from 0 on, of the groups from one on; returns the group to go on with, -1 if there is none. */
    int drainSlice(final int firstGroup, final QuantileCells cells, final double min, final double max) {
        final BucketShape shape = new BucketShape(shift, (seenBits & (1L << shift) - 1) != 0, min, max);
        int looked = 0;
        int group = firstGroup;
        for (; group < groupLimit && looked < SegmentSketch.SLICE; group++) {
            long first = 0;
            long last = 0;
            int size = 0;
            for (int i = 0; i < pagesOfGroup; i++) {
                final int page = pages[group * pagesOfGroup + i];
                looked += page == 0 ? 1 : PAGE_COUNTERS;
                for (int counter = 0; page != 0 && counter < PAGE_COUNTERS; counter++) {
                    if (counters[page + counter] != 0) {
                        last = key(i, counter);
                        first = size++ == 0 ? last : first;
                    }
                }
            }
            if (size > 0) {
                final QuantileSketch sketch = cells.use(group - firstGroup);
                QuantileScan.beginBuckets(sketch, size, shape, first, last);
                drain(sketch, group * pagesOfGroup);
                sketch.endBuckets();
                cells.used(group - firstGroup);
            }
        }
        return group < groupLimit ? group : -1;
    }

    /** Whether there are more counters than it takes by far: time for another way. */
    boolean isFull() {
        return used > MAX_COUNTERS;
    }

    long heapBytes() {
        return (pages.length + counters.length + places.length) * 4L;
    }

    private void drain(final QuantileSketch sketch, final int directoryStart) {
        for (int i = 0; i < pagesOfGroup; i++) {
            final int page = pages[directoryStart + i];
            for (int counter = 0; page != 0 && counter < PAGE_COUNTERS; counter++) {
                final int count = counters[page + counter];
                if (count != 0) {
                    sketch.takeBucket(key(i, counter), count);
                }
            }
        }
    }

    private long key(final int page, final int counter) {
        final int bucket = page << PAGE_SHIFT | counter;
        return bucket == 0 && skipsFractions ? 0 : firstKey + bucket;
    }

    private int newPage() {
        final int page = used;
        used += PAGE_COUNTERS;
        if (used > counters.length) {
            counters = Arrays.copyOf(counters, Math.max(used, counters.length * 2));
        }
        Arrays.fill(counters, page, used, 0);
        return page;
    }
}
