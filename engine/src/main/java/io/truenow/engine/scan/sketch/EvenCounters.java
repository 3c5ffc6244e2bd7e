package io.truenow.engine.scan.sketch;

import io.truenow.engine.store.segment.Block;
import io.truenow.format.sketch.DoubleOrder;
import io.truenow.format.sketch.QuantileSketch;

import java.util.Arrays;

/** A counter for each group and whole number of a range. */
final class EvenCounters {
    /** 1 MiB, what a second-level cache holds. */
    static final int MAX_COUNTERS = 1 << 18;

    private final int[] places = new int[Block.MAX_ROWS];
    private int[] counters = new int[0];
    private double min;
    private int range;
    private int groupLimit;

    void begin(final double newMin, final int newRange, final int newGroupLimit) {
        min = newMin;
        range = newRange;
        groupLimit = newGroupLimit;
        final int length = range * groupLimit;
        if (counters.length < length) {
            counters = new int[length];
        } else {
            Arrays.fill(counters, 0, length, 0);
        }
    }

    /** Sees to counters for so many groups; false if they would be too many. */
    boolean extend(final int newGroupLimit) {
        if (newGroupLimit > groupLimit) {
            if ((long) newGroupLimit * range > MAX_COUNTERS) {
                return false;
            }
            if (newGroupLimit * range > counters.length) {
                counters = Arrays.copyOf(counters, Math.min(MAX_COUNTERS, newGroupLimit * range * 2));
            }
            Arrays.fill(counters, groupLimit * range, newGroupLimit * range, 0);
            groupLimit = newGroupLimit;
        }
        return true;
    }

    void take(final int[] groups, final double[] values, final int count) {
        final int[] target = counters;
        final int width = range;
        final double base = min;
        final int[] at = places;
        for (int i = 0; i < count; i++) {
            at[i] = groups[i] * width + (int) (values[i] - base);
        }
        for (int i = 0; i < count; i++) {
            target[at[i]]++;
        }
    }

    void drainTo(final HashedCounters target) {
        for (int group = 0; group < groupLimit; group++) {
            for (int i = 0; i < range; i++) {
                final int count = counters[group * range + i];
                if (count != 0) {
                    target.take(group, DoubleOrder.place(min + i), count);
                }
            }
        }
    }

    /** Makes cells, from 0 on, of the groups from one on; returns the group to go on with, -1 if there is none. */
    int drainSlice(final int firstGroup, final QuantileCells cells) {
        final int end = Math.min(groupLimit, firstGroup + Math.clamp(SegmentSketch.SLICE / range, 1, QuantileScan.MAX_SLICE_GROUPS));
        for (int group = firstGroup; group < end; group++) {
            final int start = group * range;
            int first = -1;
            int last = -1;
            int size = 0;
            for (int i = 0; i < range; i++) {
                if (counters[start + i] != 0) {
                    first = first < 0 ? i : first;
                    last = i;
                    size++;
                }
            }
            if (size > 0) {
                final QuantileSketch sketch = cells.use(group - firstGroup);
                sketch.beginBuckets(size, 0, false, min + first, min + last);
                for (int i = first; i <= last; i++) {
                    if (counters[start + i] != 0) {
                        sketch.takeBucket(DoubleOrder.place(min + i), counters[start + i]);
                    }
                }
                sketch.endBuckets();
                cells.used(group - firstGroup);
            }
        }
        return end < groupLimit ? end : -1;
    }

    long heapBytes() {
        return (places.length + counters.length) * 4L;
    }
}
