package io.truenow.engine.scan.sketch;

import java.util.Arrays;

/**
 * Sets of codes, one for each cell, in chunks of 4 096 codes. A chunk with few codes lists them in two bytes each, with room for 4, 16 or
 * 64; with more it is a bit map of 64 longs, so that united sets are or'ed. Chunks are found by hash of cell and chunk number.
 */
final class CodeSets {
    /** Codes of a chunk: log2. */
    static final int CHUNK_SHIFT = 12;
    /** Longs of a chunk as bits. */
    static final int CHUNK_LONGS = 1 << CHUNK_SHIFT - 6;
    private static final int CODE_MASK = (1 << CHUNK_SHIFT) - 1;
    private static final int CODES_PER_LONG = 4;
    private static final int[] LONGS_OF_CLASS = {1, 4, 16, CHUNK_LONGS};
    private static final int BITS_CLASS = 3;
    private static final int KEPT_LONGS = 1 << 18;
    /** Rows that it costs to add a code to a list. */
    private static final int LISTED_COST = 8;
    /** Bytes of a chunk beside its codes; of its codes, as bits, with the lists that it grew out of; and of one code at most. */
    private static final long CHUNK_BYTES = 48;
    private static final long CHUNK_CODES_BYTES = (1 + 4 + 16 + CHUNK_LONGS) * 8L;
    private static final long CODE_BYTES = 11;

    /** What is done with each code of a set. */
    interface CodeConsumer {
        void accept(int code);
    }

    private int[] slots = new int[64];
    private long[] keys = new long[32];
    private int[] starts = new int[32];
    private byte[] classes = new byte[32];
    /** Codes in a list; not kept for bits. */
    private byte[] listed = new byte[32];
    private int chunkCount;
    private long[] memory = new long[256];
    private int memoryUsed;
    /** Pieces let go by a chunk that grew, by class, linked through their first long: 1 + start. */
    private final int[] freePieces = new int[LONGS_OF_CLASS.length];
    /** Chunks by cell, made when asked for after a change. */
    private int[] byCell = new int[0];
    private int[] cellStarts = new int[0];
    private boolean isSorted;
    private int addCost;

    void clear() {
        if (memory.length > KEPT_LONGS) {
            memory = new long[256];
            slots = new int[64];
            keys = new long[32];
            starts = new int[32];
            classes = new byte[32];
            listed = new byte[32];
        } else {
            Arrays.fill(slots, 0);
        }
        chunkCount = 0;
        memoryUsed = 0;
        Arrays.fill(freePieces, 0);
        isSorted = false;
    }

    long byteSize() {
        return 120L + memory.length * 8L + slots.length * 4L + keys.length * 14L + (byCell.length + cellStarts.length) * 4L;
    }

    /** Bytes that sets hold at most after {@link #trim}, about, with so many codes in all, none above the greatest. */
    static long bytesAtMost(final long sets, final long codes, final int greatestCode) {
        final long chunks = Math.min(codes, Math.min(sets, codes) * ((greatestCode >>> CHUNK_SHIFT) + 1));
        return chunks * CHUNK_BYTES + Math.min(codes * CODE_BYTES, chunks * CHUNK_CODES_BYTES);
    }

    /** Gives up memory that it does not need. */
    void trim() {
        memory = Arrays.copyOf(memory, memoryUsed);
        final int length = Math.max(1, chunkCount);
        keys = Arrays.copyOf(keys, length);
        starts = Arrays.copyOf(starts, length);
        classes = Arrays.copyOf(classes, length);
        listed = Arrays.copyOf(listed, length);
    }

    void add(final int cell, final int code) {
        addTo(chunkOf(cell, code >>> CHUNK_SHIFT, 0), code & CODE_MASK);
    }

    /** Adds 4 096 codes from code {@code number << 12} on, as bits. */
    void addChunk(final int cell, final int number, final long[] bits, final int from) {
        int count = 0;
        for (int i = 0; i < CHUNK_LONGS; i++) {
            count += Long.bitCount(bits[from + i]);
        }
        if (count == 0) {
            return;
        }
        final int chunk = chunkOf(cell, number, classFor(count));
        if (classes[chunk] != BITS_CLASS && count + listed[chunk] > LONGS_OF_CLASS[BITS_CLASS - 1] * CODES_PER_LONG) {
            toBits(chunk);
        }
        if (classes[chunk] == BITS_CLASS) {
            final int start = starts[chunk];
            for (int i = 0; i < CHUNK_LONGS; i++) {
                memory[start + i] |= bits[from + i];
            }
            return;
        }
        for (int i = 0; i < CHUNK_LONGS; i++) {
            for (long rest = bits[from + i]; rest != 0; rest &= rest - 1) {
                addTo(chunk, i << 6 | Long.numberOfTrailingZeros(rest));
            }
        }
    }

    /**
     * Adds some of another's chunks to cells by {@code targets}; see {@link SketchCells#merge}.
     *
     * @return the chunk to go on with, -1 if there is none.
     */
    int addSome(final CodeSets other, final int from, final int[] targets, final int firstTarget, final int targetCount) {
        int cost = 1;
        int i = from;
        for (; i < other.chunkCount && cost < SketchCells.MERGE_COST; i++) {
            final int group = firstTarget + (int) (other.keys[i] >>> Integer.SIZE);
            cost++;
            if (group >= targetCount || targets[group] < 0) {
                continue;
            }
            final int number = (int) other.keys[i];
            if (other.classes[i] == BITS_CLASS) {
                addBits(targets[group], number, other.memory, other.starts[i]);
                cost += CHUNK_LONGS;
            } else {
                final int chunk = chunkOf(targets[group], number, other.classes[i]);
                for (int code = 0; code < other.listed[i]; code++) {
                    addTo(chunk, other.listedCode(i, code));
                }
                cost += other.listed[i] * LISTED_COST;
            }
        }
        addCost = cost;
        return i < other.chunkCount ? i : -1;
    }

    /** What the last {@link #addSome} cost, in rows. */
    int addCost() {
        return addCost;
    }

    /** Chunks of all cells; in order of cells they have numbers 0, 1, .. for the methods that follow. */
    int chunkCount() {
        sort();
        return chunkCount;
    }

    /** The cell of a chunk. */
    int cellAt(final int chunk) {
        return (int) (keys[byCell[chunk]] >>> Integer.SIZE);
    }

    /** The chunk behind the last one of a cell. */
    int endOf(final int cell) {
        return firstOf(cell + 1);
    }

    /** Adds a chunk of more codes than a list has. */
    private void addBits(final int cell, final int number, final long[] bits, final int from) {
        final int chunk = chunkOf(cell, number, BITS_CLASS);
        if (classes[chunk] != BITS_CLASS) {
            toBits(chunk);
        }
        final long[] target = memory;
        final int start = starts[chunk];
        for (int i = 0; i < CHUNK_LONGS; i++) {
            target[start + i] |= bits[from + i];
        }
    }

    /** Codes in a cell's set. */
    long count(final int cell) {
        sort();
        long count = 0;
        for (int i = firstOf(cell); i < firstOf(cell + 1); i++) {
            final int chunk = byCell[i];
            if (classes[chunk] == BITS_CLASS) {
                for (int at = starts[chunk]; at < starts[chunk] + CHUNK_LONGS; at++) {
                    count += Long.bitCount(memory[at]);
                }
            } else {
                count += listed[chunk];
            }
        }
        return count;
    }

    void forEach(final int cell, final CodeConsumer consumer) {
        sort();
        for (int i = firstOf(cell); i < firstOf(cell + 1); i++) {
            final int chunk = byCell[i];
            final int base = (int) keys[chunk] << CHUNK_SHIFT;
            if (classes[chunk] == BITS_CLASS) {
                for (int word = 0; word < CHUNK_LONGS; word++) {
                    for (long rest = memory[starts[chunk] + word]; rest != 0; rest &= rest - 1) {
                        consumer.accept(base | word << 6 | Long.numberOfTrailingZeros(rest));
                    }
                }
            } else {
                for (int code = 0; code < listed[chunk]; code++) {
                    consumer.accept(base | listedCode(chunk, code));
                }
            }
        }
    }

    /** Raises registers to what the values of a chunk make of them; returns how many there are. */
    int raise(final int position, final LaneValues values, final byte[] registers) {
        final int chunk = byCell[position];
        final int base = (int) keys[chunk] << CHUNK_SHIFT;
        if (classes[chunk] != BITS_CLASS) {
            for (int code = 0; code < listed[chunk]; code++) {
                raise(registers, values.register(base | listedCode(chunk, code)));
            }
            return listed[chunk];
        }
        final int[] known = values.registers((int) keys[chunk]);
        int count = 0;
        for (int word = 0; word < CHUNK_LONGS; word++) {
            count += Long.bitCount(memory[starts[chunk] + word]);
            for (long rest = memory[starts[chunk] + word]; rest != 0; rest &= rest - 1) {
                final int code = word << 6 | Long.numberOfTrailingZeros(rest);
                final int register = known[code];
                raise(registers, register != 0 ? register : values.register(base | code));
            }
        }
        return count;
    }

    private static void raise(final byte[] registers, final int register) {
        final int index = register >>> Byte.SIZE;
        // without a branch, which would often be mispredicted
        registers[index] = (byte) Math.max(registers[index], register & 0xFF);
    }

    /** Cells are below this. */
    int cellLimit() {
        sort();
        return Math.max(0, cellStarts.length - 1);
    }

    private void addTo(final int chunk, final int code) {
        if (classes[chunk] == BITS_CLASS) {
            memory[starts[chunk] + (code >>> 6)] |= 1L << code;
            return;
        }
        final int count = listed[chunk];
        for (int i = 0; i < count; i++) {
            if (listedCode(chunk, i) == code) {
                return;
            }
        }
        if (count == LONGS_OF_CLASS[classes[chunk]] * CODES_PER_LONG) {
            if (classes[chunk] + 1 == BITS_CLASS) {
                toBits(chunk);
                memory[starts[chunk] + (code >>> 6)] |= 1L << code;
                return;
            }
            final int start = allocate(classes[chunk] + 1);
            System.arraycopy(memory, starts[chunk], memory, start, count / CODES_PER_LONG);
            free(chunk);
            starts[chunk] = start;
            classes[chunk]++;
        }
        final int at = starts[chunk] + count / CODES_PER_LONG;
        final int shift = count % CODES_PER_LONG * Short.SIZE;
        memory[at] = memory[at] & ~(0xFFFFL << shift) | (long) code << shift;
        listed[chunk]++;
    }

    private int listedCode(final int chunk, final int index) {
        return (int) (memory[starts[chunk] + index / CODES_PER_LONG] >>> index % CODES_PER_LONG * Short.SIZE) & CODE_MASK;
    }

    private void toBits(final int chunk) {
        final int start = allocate(BITS_CLASS);
        Arrays.fill(memory, start, start + CHUNK_LONGS, 0);
        for (int i = 0; i < listed[chunk]; i++) {
            final int code = listedCode(chunk, i);
            memory[start + (code >>> 6)] |= 1L << code;
        }
        free(chunk);
        starts[chunk] = start;
        classes[chunk] = BITS_CLASS;
    }

    /** The chunk of a cell, new with that class if there is none. */
    private int chunkOf(final int cell, final int number, final int newClass) {
        final long key = (long) cell << Integer.SIZE | number;
        int slot = slot(key);
        while (slots[slot] != 0) {
            if (keys[slots[slot] - 1] == key) {
                return slots[slot] - 1;
            }
            slot = slot + 1 & slots.length - 1;
        }
        if ((chunkCount + 1) * 2 > slots.length) {
            growSlots();
            return chunkOf(cell, number, newClass);
        }
        if (chunkCount == keys.length) {
            final int length = Math.max(32, chunkCount * 2);
            keys = Arrays.copyOf(keys, length);
            starts = Arrays.copyOf(starts, length);
            classes = Arrays.copyOf(classes, length);
            listed = Arrays.copyOf(listed, length);
        }
        final int chunk = chunkCount++;
        slots[slot] = chunkCount;
        keys[chunk] = key;
        classes[chunk] = (byte) newClass;
        listed[chunk] = 0;
        starts[chunk] = allocate(newClass);
        if (newClass == BITS_CLASS) {
            Arrays.fill(memory, starts[chunk], starts[chunk] + CHUNK_LONGS, 0);
        }
        isSorted = false;
        return chunk;
    }

    private static int classFor(final int count) {
        int size = 0;
        while (size < BITS_CLASS && count > LONGS_OF_CLASS[size] * CODES_PER_LONG) {
            size++;
        }
        return size;
    }

    private int allocate(final int size) {
        final int free = freePieces[size];
        if (free != 0) {
            freePieces[size] = (int) memory[free - 1];
            return free - 1;
        }
        final int start = memoryUsed;
        memoryUsed += LONGS_OF_CLASS[size];
        if (memoryUsed > memory.length) {
            memory = Arrays.copyOf(memory, Math.max(memoryUsed, memory.length * 2));
        }
        return start;
    }

    private void free(final int chunk) {
        memory[starts[chunk]] = freePieces[classes[chunk]];
        freePieces[classes[chunk]] = starts[chunk] + 1;
    }

    private void growSlots() {
        slots = new int[slots.length * 2];
        for (int i = 0; i < chunkCount; i++) {
            int slot = slot(keys[i]);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = i + 1;
        }
    }

    private int slot(final long key) {
        final long product = (key ^ key >>> Integer.SIZE) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (product >>> Integer.SIZE) & slots.length - 1;
    }

    private int firstOf(final int cell) {
        return cell < cellStarts.length ? cellStarts[cell] : chunkCount;
    }

    /** Orders chunks by cell, by counting. */
    private void sort() {
        if (isSorted) {
            return;
        }
        int cells = 0;
        for (int i = 0; i < chunkCount; i++) {
            cells = Math.max(cells, (int) (keys[i] >>> Integer.SIZE) + 1);
        }
        cellStarts = new int[cells + 1];
        byCell = new int[chunkCount];
        for (int i = 0; i < chunkCount; i++) {
            cellStarts[(int) (keys[i] >>> Integer.SIZE) + 1]++;
        }
        for (int i = 0; i < cells; i++) {
            cellStarts[i + 1] += cellStarts[i];
        }
        final int[] next = cellStarts.clone();
        for (int i = 0; i < chunkCount; i++) {
            byCell[next[(int) (keys[i] >>> Integer.SIZE)]++] = i;
        }
        isSorted = true;
    }
}
