package io.truenow.hottier.sketch;

import io.truenow.client.sketch.DoubleOrder;
import io.truenow.client.sketch.QuantileSketch;
import io.truenow.hottier.segment.Block;

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
    /** A narrower range has buckets as fine as this allows. */
    private static final int FINE_BUCKETS = 1 << 13;
    private static final int MAX_PAGES_OF_GROUP = 1 << 13;
    private static final int KEPT_COUNTERS = 1 << 20;
    private static final int MAX_FLAT_COUNTERS = 1 << 18;

    /** By group, then bucket: where the page begins; 0 for none. */
    private int[] pages = new int[0];
    private int[] counters = new int[PAGE_COUNTERS * 8];
    private int used;
    private int pagesOfGroup;
    private int groupLimit;
    private int shift;
    private long firstKey;
    private long seenBits;
    /** Whether all pages are there, one behind the other. */
    private boolean isFlat;
    private final int[] places = new int[Block.MAX_ROWS];

    void begin(final double min, final double max, final int newGroupLimit) {
        final long least = DoubleOrder.place(min);
        final long greatest = DoubleOrder.place(max);
        shift = USUAL_SHIFT;
        while (shift > 0 && (greatest >> shift - 1) - (least >> shift - 1) < FINE_BUCKETS) {
            shift--;
        }
        while ((greatest >> shift) - (least >> shift) >> PAGE_SHIFT >= MAX_PAGES_OF_GROUP) {
            shift++;
        }
        firstKey = least >> shift;
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

    void extend(final int newGroupLimit) {
        if (newGroupLimit > groupLimit) {
            if (newGroupLimit * pagesOfGroup > pages.length) {
                pages = Arrays.copyOf(pages, newGroupLimit * pagesOfGroup);
            }
            Arrays.fill(pages, groupLimit * pagesOfGroup, newGroupLimit * pagesOfGroup, 0);
            groupLimit = newGroupLimit;
            isFlat = false;
        }
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
        final long first = firstKey - PAGE_COUNTERS;
        long bits = 0;
        for (int i = 0; i < count; i++) {
            final long place = DoubleOrder.place(values[i]);
            bits |= place;
            at[i] = groups[i] * width + (int) ((place >> by) - first);
        }
        seenBits |= bits;
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
            final int key = (int) ((place >> by) - first);
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

    void drainTo(final QuantileCells cells, final double min, final double max) {
        final BucketShape shape = new BucketShape(shift, (seenBits & (1L << shift) - 1) != 0, min, max);
        for (int group = 0; group < groupLimit; group++) {
            long first = 0;
            long last = 0;
            int size = 0;
            for (int i = 0; i < pagesOfGroup; i++) {
                final int page = pages[group * pagesOfGroup + i];
                for (int counter = 0; page != 0 && counter < PAGE_COUNTERS; counter++) {
                    if (counters[page + counter] != 0) {
                        last = firstKey + ((long) i << PAGE_SHIFT | counter);
                        first = size++ == 0 ? last : first;
                    }
                }
            }
            if (size > 0) {
                final QuantileSketch sketch = cells.use(group);
                QuantileScan.beginBuckets(sketch, size, shape, first, last);
                drain(sketch, group * pagesOfGroup);
                sketch.endBuckets();
            }
        }
    }

    private void drain(final QuantileSketch sketch, final int directoryStart) {
        for (int i = 0; i < pagesOfGroup; i++) {
            final int page = pages[directoryStart + i];
            for (int counter = 0; page != 0 && counter < PAGE_COUNTERS; counter++) {
                final int count = counters[page + counter];
                if (count != 0) {
                    sketch.takeBucket(firstKey + ((long) i << PAGE_SHIFT | counter), count);
                }
            }
        }
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
