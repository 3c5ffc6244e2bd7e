package io.truenow.engine.scan.kernel;

import java.util.Arrays;

/** Numbers distinct keys 0, 1, 2, .. in order of appearance. Open addressing; reused. */
public final class LongIds {
    private static final int INITIAL_SLOTS = 64;
    /** A larger table is let go when a query ends. */
    private static final int KEPT_SLOTS = 1 << 18;

    private int[] slots = new int[INITIAL_SLOTS];
    private long[] keys = new long[INITIAL_SLOTS / 2];
    private int size;

    /** Forgets all keys. */
    public void clear() {
        if (slots.length > KEPT_SLOTS) {
            slots = new int[INITIAL_SLOTS];
            keys = new long[INITIAL_SLOTS / 2];
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        size = 0;
    }

    /** Keys known. */
    public int size() {
        return size;
    }

    /** Bytes held on the heap, about. */
    public long heapBytes() {
        return slots.length * 4L + keys.length * 8L;
    }

    /** The key of a number. */
    public long key(final int id) {
        return keys[id];
    }

    /** The number of a key, new if need be. */
    public int idOf(final long key) {
        int slot = slot(key);
        while (slots[slot] != 0) {
            if (keys[slots[slot] - 1] == key) {
                return slots[slot] - 1;
            }
            slot = slot + 1 & slots.length - 1;
        }
        if (size == keys.length) {
            grow();
            return idOf(key);
        }
        keys[size] = key;
        slots[slot] = ++size;
        return size - 1;
    }

    private void grow() {
        keys = Arrays.copyOf(keys, keys.length * 2);
        slots = new int[slots.length * 2];
        for (int id = 0; id < size; id++) {
            int slot = slot(keys[id]);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = id + 1;
        }
    }

    private int slot(final long key) {
        final long product = key * 0x9E37_79B9_7F4A_7C15L;
        return (int) (product ^ product >>> 32) & slots.length - 1;
    }
}
