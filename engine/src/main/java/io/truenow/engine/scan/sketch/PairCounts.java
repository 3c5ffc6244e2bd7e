package io.truenow.engine.scan.sketch;

import java.util.Arrays;

/**
 * A count for each pair of cell and code, in order of first appearance. A pair is found by a table of all cells and codes where that is
 * small enough, else by hash. Reused.
 */
final class PairCounts {
    /** Bytes of a pair, and with room for others and the slots to find it, about. */
    static final int PAIR_BYTES = 16;
    static final int GROWING_PAIR_BYTES = 32;
    private static final int INITIAL_PAIRS = 512;
    private static final int KEPT_PAIRS = 1 << 17;
    /** 16 MiB. */
    private static final int MAX_DIRECT_SLOTS = 1 << 22;
    /** 32 MiB, and 16 to find them. */
    private static final int MAX_PAIRS = 1 << 21;

    private long[] pairs = new long[INITIAL_PAIRS];
    private long[] counts = new long[INITIAL_PAIRS];
    /** 1 + pair; empty until a pair is looked for. */
    private int[] slots = new int[0];
    /** Codes of a cell, if slots are by cell and code; 0 if they are by hash. */
    private int codesOfCell;
    private int size;
    private int cellLimit;
    private int codeLimit;
    private boolean isFull;

    void clear() {
        if (pairs.length > KEPT_PAIRS) {
            pairs = new long[INITIAL_PAIRS];
            counts = new long[INITIAL_PAIRS];
        }
        if (slots.length > KEPT_PAIRS * 2) {
            slots = new int[0];
            codesOfCell = 0;
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        size = 0;
        cellLimit = 0;
        codeLimit = 0;
        isFull = false;
    }

    /** Gives up room for more, and what finds pairs, which is made again when one is looked for. */
    void settle() {
        pairs = Arrays.copyOf(pairs, size);
        counts = Arrays.copyOf(counts, size);
        slots = new int[0];
        codesOfCell = 0;
    }

    /** Whether there were more pairs than it takes; those that came later are missing then. */
    boolean isFull() {
        return isFull;
    }

    /** Cells are below this. */
    int cellLimit() {
        return cellLimit;
    }

    /** Codes are below this. */
    int codeLimit() {
        return codeLimit;
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

    /** Adds a pair that is not there, before any other is looked for. */
    void append(final int cell, final int code, final long count) {
        if (size == MAX_PAIRS) {
            isFull = true;
            return;
        }
        if (size == pairs.length) {
            growPairs();
        }
        pairs[size] = (long) cell << Integer.SIZE | code;
        counts[size++] = count;
        cellLimit = Math.max(cellLimit, cell + 1);
        codeLimit = Math.max(codeLimit, code + 1);
    }

    /** Sees to it that pairs of so many cells and codes are found fast, if there is memory for that. */
    void expect(final int cells, final int codes) {
        final int known = Math.max(codeLimit, codes);
        // codes come in ascending slices: room for more, or each would move all
        final int width = known <= codesOfCell ? codesOfCell : known + (known >>> 1);
        final long wanted = (long) Math.max(cellLimit, cells) * width;
        if (wanted <= MAX_DIRECT_SLOTS && (width > codesOfCell || wanted > slots.length)) {
            codesOfCell = width;
            slots = new int[(int) Math.min(MAX_DIRECT_SLOTS, wanted * 2)];
            index();
        }
    }

    /** Adds to a pair's count. */
    void add(final int cell, final int code, final long count) {
        if (codesOfCell > 0 && (code >= codesOfCell || (long) (cell + 1) * codesOfCell > slots.length)
            || codesOfCell == 0 && size * 2 >= slots.length) {
            useHash();
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
        append(cell, code, count);
        if (!isFull) {
            slots[slot] = size;
        }
    }

    private void useHash() {
        codesOfCell = 0;
        slots = new int[Math.max(INITIAL_PAIRS, Integer.highestOneBit(Math.max(1, size)) * 2) * 2];
        index();
    }

    private void index() {
        for (int i = 0; i < size; i++) {
            int slot = slot(pairs[i]);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = i + 1;
        }
    }

    private void growPairs() {
        final int capacity = Math.max(INITIAL_PAIRS, size * 2);
        pairs = Arrays.copyOf(pairs, capacity);
        counts = Arrays.copyOf(counts, capacity);
    }

    /** By cell and code no two pairs have the same. */
    private int slot(final long pair) {
        if (codesOfCell > 0) {
            return (int) (pair >>> Integer.SIZE) * codesOfCell + (int) pair;
        }
        final long product = (pair ^ pair >>> Integer.SIZE) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (product >>> Integer.SIZE) & slots.length - 1;
    }
}
