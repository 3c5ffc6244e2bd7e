package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.DoubleOrder;
import io.truenow.format.sketch.QuantileSketch;

import java.util.Arrays;

/**
 * A counter for each pair of group and bucket that occurs, by hash. Buckets begin at 2^30 neighbouring doubles, 22 bits of a fraction. When
 * there are many pairs they become as coarse as is usual, and when there are very many, coarser.
 */
final class HashedCounters {
    private static final int FIRST_SHIFT = 30;
    private static final int KEY_BITS = Long.SIZE - FIRST_SHIFT;
    private static final long KEY_MASK = (1L << KEY_BITS) - 1;
    private static final int INITIAL_SLOTS = 4_096;
    private static final int KEPT_SLOTS = 1 << 18;
    private static final int MANY_SLOTS = 1 << 17;
    private static final int MAX_SLOTS = 1 << 21;
    private static final int MAX_GROUPS = 1 << 17;
    private static final int COARSENED_BY = 3;
    private static final int MAX_SHIFT = 58;
    private static final int MAX_SLICE_PAIRS = 1 << 10;
    private static final long[] NONE = {};

    /** Group and the bucket's distance from the first; where the count is 0, free. */
    private long[] pairs = new long[INITIAL_SLOTS];
    private int[] counts = new int[INITIAL_SLOTS];
    private int size;
    private int shift;
    private long firstPlace;
    private long seenBits;
    private boolean isFull;
    private Stage stage = Stage.OVER;
    private int place;
    private int firstGroup;
    private int told;
    /** By group, where its pairs begin in order; then, where they end. */
    private int[] starts = new int[0];
    private long[] sorted = NONE;

    private enum Stage { COUNT, ORDER, GROUPS, OVER }

    void begin(final double min) {
        if (pairs.length > KEPT_SLOTS) {
            pairs = new long[INITIAL_SLOTS];
            counts = new int[INITIAL_SLOTS];
        } else if (size > 0) {
            Arrays.fill(counts, 0);
        }
        size = 0;
        shift = FIRST_SHIFT;
        firstPlace = DoubleOrder.place(min);
        seenBits = 0;
        isFull = false;
        stage = Stage.OVER;
        starts = new int[0];
        sorted = NONE;
    }

    /** Takes so many of one place, or of a bucket that begins there; the first one may begin before the least value. */
    void take(final int group, final long place, final int count) {
        final long taken = Math.max(place, firstPlace);
        seenBits |= place;
        add((long) group << KEY_BITS | (taken >> shift) - (firstPlace >> shift), count);
    }

    /** What was taken so far came from buckets of that shift, with these bits among its values. */
    void coarsenTo(final int otherShift, final long bits) {
        seenBits |= bits;
        if (otherShift > shift) {
            rebuild(otherShift, pairs.length);
        }
    }

    void take(final int[] groups, final double[] values, final int count) {
        for (int i = 0; i < count; i++) {
            final long place = DoubleOrder.place(values[i]);
            seenBits |= place;
            add((long) groups[i] << KEY_BITS | (place >> shift) - (firstPlace >> shift), 1);
        }
    }

    /** Begins to tell what was taken; nothing may be taken until the next {@link #begin}. */
    void end() {
        stage = isFull ? Stage.GROUPS : Stage.COUNT;
        place = 0;
        starts = new int[0];
        sorted = NONE;
    }

    /**
     * Does a piece of ordering pairs by group, or makes cells, from 0 on, of the next groups.
     *
     * @return false if all was told.
     */
    boolean drainSlice(final QuantileCells cells, final double min, final double max) {
        firstGroup = 0;
        cells.isTooLarge(isFull);
        if (isFull) {
            // what was left out may be anything: say so, once
            isFull = false;
            stage = Stage.OVER;
            return true;
        }
        switch (stage) {
            case COUNT -> countGroups(cells);
            case ORDER -> orderPairs();
            case GROUPS -> drainGroups(cells, new BucketShape(shift, (seenBits & (1L << shift) - 1) != 0, min, max));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The group of cell 0 of the last slice. */
    int firstGroup() {
        return firstGroup;
    }

    long heapBytes() {
        return pairs.length * 12L + starts.length * 4L + sorted.length * 8L;
    }

    private void countGroups(final QuantileCells cells) {
        final int end = Math.min(pairs.length, place + SegmentSketch.SLICE);
        for (; place < end; place++) {
            if (counts[place] != 0) {
                final long group = pairs[place] >>> KEY_BITS;
                if (group >= MAX_GROUPS) {
                    cells.isTooLarge(true);
                    stage = Stage.OVER;
                    return;
                }
                if (group + 2 > starts.length) {
                    starts = Arrays.copyOf(starts, Math.max((int) group + 2, starts.length * 2));
                }
                starts[(int) group + 1]++;
            }
        }
        if (place == pairs.length) {
            for (int group = 1; group < starts.length; group++) {
                starts[group] += starts[group - 1];
            }
            sorted = new long[size];
            stage = Stage.ORDER;
            place = 0;
        }
    }

    /** Puts pairs to their groups; what is left of a group's start is its end then. */
    private void orderPairs() {
        final int end = Math.min(pairs.length, place + SegmentSketch.SLICE);
        for (; place < end; place++) {
            if (counts[place] != 0) {
                sorted[starts[(int) (pairs[place] >>> KEY_BITS)]++] = pairs[place];
            }
        }
        if (place == pairs.length) {
            stage = size == 0 ? Stage.OVER : Stage.GROUPS;
            place = 0;
            told = 0;
        }
    }

    /** Place counts groups, told the pairs of them; a group of many pairs comes in several cells that add up. */
    private void drainGroups(final QuantileCells cells, final BucketShape shape) {
        final long firstKey = firstPlace >> shift;
        firstGroup = place;
        final int end = told + MAX_SLICE_PAIRS;
        while (told < size && told < end && place - firstGroup < QuantileScan.MAX_SLICE_GROUPS) {
            final int from = told;
            final int to = Math.min(starts[place], end);
            if (to > from) {
                Arrays.sort(sorted, from, to);
                final QuantileSketch sketch = cells.use(place - firstGroup);
                QuantileScan.beginBuckets(
                    sketch, to - from, shape, firstKey + (sorted[from] & KEY_MASK), firstKey + (sorted[to - 1] & KEY_MASK));
                for (int i = from; i < to; i++) {
                    sketch.takeBucket(firstKey + (sorted[i] & KEY_MASK), counts[find(sorted[i])]);
                }
                sketch.endBuckets();
                cells.used(place - firstGroup);
                told = to;
            }
            place += told == starts[place] ? 1 : 0;
        }
        stage = told == size ? Stage.OVER : stage;
    }

    private void add(final long pair, final int count) {
        final int slot = find(pair);
        if (counts[slot] == 0) {
            if (size * 2 >= pairs.length) {
                if (pairs.length == MAX_SLOTS && shift >= MAX_SHIFT) {
                    isFull = true;
                    return;
                }
                final int oldShift = shift;
                grow();
                final long key = (firstPlace >> oldShift) + (pair & KEY_MASK) >> shift - oldShift;
                add(pair & ~KEY_MASK | key - (firstPlace >> shift), count);
                return;
            }
            pairs[slot] = pair;
            size++;
        }
        counts[slot] += count;
    }

    private int find(final long pair) {
        int slot = (int) (pair * 0x9E37_79B9_7F4A_7C15L >>> Integer.SIZE) & pairs.length - 1;
        while (counts[slot] != 0 && pairs[slot] != pair) {
            slot = slot + 1 & pairs.length - 1;
        }
        return slot;
    }

    private void grow() {
        if (pairs.length == MANY_SLOTS && shift < PlaceCounters.USUAL_SHIFT) {
            rebuild(PlaceCounters.USUAL_SHIFT, MANY_SLOTS);
        } else if (pairs.length == MAX_SLOTS) {
            rebuild(shift + COARSENED_BY, MAX_SLOTS);
        } else {
            rebuild(shift, pairs.length * 2);
        }
    }

    private void rebuild(final int newShift, final int length) {
        final long[] oldPairs = pairs;
        final int[] oldCounts = counts;
        final int by = newShift - shift;
        final long oldFirst = firstPlace >> shift;
        final long newFirst = firstPlace >> newShift;
        pairs = new long[length];
        counts = new int[length];
        size = 0;
        shift = newShift;
        for (int i = 0; i < oldPairs.length; i++) {
            if (oldCounts[i] != 0) {
                final long pair = oldPairs[i] & ~KEY_MASK | (oldFirst + (oldPairs[i] & KEY_MASK) >> by) - newFirst;
                final int slot = find(pair);
                size += counts[slot] == 0 ? 1 : 0;
                pairs[slot] = pair;
                counts[slot] += oldCounts[i];
            }
        }
    }
}
