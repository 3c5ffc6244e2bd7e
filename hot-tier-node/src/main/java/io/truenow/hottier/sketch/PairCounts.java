package io.truenow.hottier.sketch;

import java.util.Arrays;

/** A count for each pair of cell and code, in order of first appearance and found by hash. Reused. */
final class PairCounts {
    private static final int INITIAL_PAIRS = 512;
    private static final int KEPT_PAIRS = 1 << 17;

    private long[] pairs = new long[INITIAL_PAIRS];
    private long[] counts = new long[INITIAL_PAIRS];
    /** 1 + pair; empty in copies, until something is added. */
    private int[] slots = new int[INITIAL_PAIRS * 2];
    private int size;

    void clear() {
        if (pairs.length > KEPT_PAIRS) {
            pairs = new long[INITIAL_PAIRS];
            counts = new long[INITIAL_PAIRS];
            slots = new int[INITIAL_PAIRS * 2];
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        size = 0;
    }

    int size() {
        return size;
    }

    int cell(final int index) {
        return (int) (pairs[index] >>> Integer.SIZE);
    }

    int code(final int index) {
        return (int) pairs[index];
    }

    long count(final int index) {
        return counts[index];
    }

    long byteSize() {
        return 64L + pairs.length * 16L + slots.length * 4L;
    }

    PairCounts copy() {
        final PairCounts copy = new PairCounts();
        copy.pairs = Arrays.copyOf(pairs, size);
        copy.counts = Arrays.copyOf(counts, size);
        copy.slots = new int[0];
        copy.size = size;
        return copy;
    }

    void add(final int cell, final int code, final long count) {
        if (size * 2 >= slots.length) {
            grow();
        }
        final long pair = (long) cell << Integer.SIZE | code;
        int slot = slot(pair);
        while (slots[slot] != 0) {
            if (pairs[slots[slot] - 1] == pair) {
                counts[slots[slot] - 1] += count;
                return;
            }
            slot = slot + 1 & slots.length - 1;
        }
        pairs[size] = pair;
        counts[size] = count;
        slots[slot] = ++size;
    }

    private void grow() {
        final int capacity = Math.max(INITIAL_PAIRS, Integer.highestOneBit(Math.max(1, size)) * 2);
        pairs = Arrays.copyOf(pairs, capacity);
        counts = Arrays.copyOf(counts, capacity);
        slots = new int[capacity * 2];
        for (int i = 0; i < size; i++) {
            int slot = slot(pairs[i]);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = i + 1;
        }
    }

    private int slot(final long pair) {
        final long product = (pair ^ pair >>> Integer.SIZE) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (product >>> Integer.SIZE) & slots.length - 1;
    }
}
