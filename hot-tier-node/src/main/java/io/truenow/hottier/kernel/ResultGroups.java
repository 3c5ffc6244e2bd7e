package io.truenow.hottier.kernel;

import java.util.Arrays;

/** A query's groups over all segments: bucket and lane codes (0 for null), with their aggregates. Open addressing; reused. */
public final class ResultGroups {
    private static final int INITIAL_SLOTS = 64;
    private static final int KEPT_SLOTS = 1 << 18;

    private final AggregateStates states = new AggregateStates();
    private int[] slots = new int[INITIAL_SLOTS];
    private long[] bucketsUs = new long[INITIAL_SLOTS / 2];
    private int[] laneCodes = new int[INITIAL_SLOTS];
    private int dimensionCount;
    private int size;

    void begin(final int newDimensionCount, final int metricCount) {
        if (slots.length > KEPT_SLOTS) {
            slots = new int[INITIAL_SLOTS];
            bucketsUs = new long[INITIAL_SLOTS / 2];
            laneCodes = new int[INITIAL_SLOTS];
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        dimensionCount = newDimensionCount;
        size = 0;
        if (laneCodes.length < bucketsUs.length * dimensionCount) {
            laneCodes = new int[bucketsUs.length * dimensionCount];
        }
        states.begin(metricCount, 0);
    }

    /** Groups found. */
    public int size() {
        return size;
    }

    /** Start of a group's bucket. */
    public long bucketUs(final int group) {
        return bucketsUs[group];
    }

    /** Lane code of a group's value, 0 for null. */
    public int laneCode(final int group, final int dimension) {
        return laneCodes[group * dimensionCount + dimension];
    }

    /** Rows of a group. */
    public long rows(final int group) {
        return states.rows[group];
    }

    /** Rows of a group that carry the metric. */
    public long count(final int metric, final int group) {
        return states.counts[metric][group];
    }

    /** Sum, rounded. */
    public double sum(final int metric, final int group) {
        return states.sums[metric][group];
    }

    /** What the rounded sum lost; nothing if it passed what a double holds. */
    public double compensation(final int metric, final int group) {
        return Double.isFinite(states.sums[metric][group]) ? states.compensations[metric][group] : 0.0;
    }

    /** Least value. */
    public double min(final int metric, final int group) {
        return states.mins[metric][group];
    }

    /** Greatest value. */
    public double max(final int metric, final int group) {
        return states.maxs[metric][group];
    }

    /** Adds a segment's group. */
    void merge(final long bucketUs, final int[] codes, final AggregateStates segmentStates, final int segmentGroup) {
        states.merge(groupOf(bucketUs, codes), segmentStates, segmentGroup);
    }

    private int groupOf(final long bucketUs, final int[] codes) {
        int slot = hash(bucketUs, codes, 0) & slots.length - 1;
        while (slots[slot] != 0) {
            if (isEqual(slots[slot] - 1, bucketUs, codes)) {
                return slots[slot] - 1;
            }
            slot = slot + 1 & slots.length - 1;
        }
        if (size == bucketsUs.length) {
            grow();
            return groupOf(bucketUs, codes);
        }
        bucketsUs[size] = bucketUs;
        System.arraycopy(codes, 0, laneCodes, size * dimensionCount, dimensionCount);
        slots[slot] = ++size;
        states.extend(size);
        return size - 1;
    }

    private boolean isEqual(final int group, final long bucketUs, final int[] codes) {
        if (bucketsUs[group] != bucketUs) {
            return false;
        }
        for (int i = 0; i < dimensionCount; i++) {
            if (laneCodes[group * dimensionCount + i] != codes[i]) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        final int capacity = bucketsUs.length * 2;
        bucketsUs = Arrays.copyOf(bucketsUs, capacity);
        laneCodes = Arrays.copyOf(laneCodes, Math.max(1, capacity * dimensionCount));
        slots = new int[capacity * 2];
        for (int group = 0; group < size; group++) {
            int slot = hash(bucketsUs[group], laneCodes, group * dimensionCount) & slots.length - 1;
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = group + 1;
        }
    }

    private int hash(final long bucketUs, final int[] codes, final int from) {
        long hash = bucketUs * 0x9E37_79B9_7F4A_7C15L;
        for (int i = 0; i < dimensionCount; i++) {
            hash = (hash ^ hash >>> 29 ^ codes[from + i]) * 0xBF58_476D_1CE4_E5B9L;
        }
        return (int) (hash ^ hash >>> 32);
    }
}
