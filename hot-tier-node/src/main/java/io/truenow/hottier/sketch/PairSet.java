package io.truenow.hottier.sketch;

import java.util.Arrays;

/** Pairs of group and code, each once. Open addressing; reused. */
final class PairSet {
    private static final int INITIAL_SLOTS = 1_024;
    private static final int KEPT_SLOTS = 1 << 18;

    /** What is done with each pair. */
    interface PairConsumer {
        void accept(int group, int code);
    }

    /** Group and code, code never 0; 0 is free. */
    private long[] slots = new long[INITIAL_SLOTS];
    private int size;

    void clear() {
        if (slots.length > KEPT_SLOTS) {
            slots = new long[INITIAL_SLOTS];
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        size = 0;
    }

    void add(final int group, final int code) {
        final long pair = (long) group << Integer.SIZE | code;
        int slot = slot(pair);
        while (slots[slot] != 0) {
            if (slots[slot] == pair) {
                return;
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = pair;
        if (++size * 2 > slots.length) {
            grow();
        }
    }

    void forEach(final PairConsumer consumer) {
        for (final long pair : slots) {
            if (pair != 0) {
                consumer.accept((int) (pair >>> Integer.SIZE), (int) pair);
            }
        }
    }

    private void grow() {
        final long[] old = slots;
        slots = new long[old.length * 2];
        for (final long pair : old) {
            if (pair != 0) {
                int slot = slot(pair);
                while (slots[slot] != 0) {
                    slot = slot + 1 & slots.length - 1;
                }
                slots[slot] = pair;
            }
        }
    }

    private int slot(final long pair) {
        final long product = (pair ^ pair >>> Integer.SIZE) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (product >>> Integer.SIZE) & slots.length - 1;
    }
}
