package io.truenow.engine.store.value;

import org.agrona.collections.Long2LongHashMap;

import java.util.function.BooleanSupplier;

/**
 * Takes over the values that an earlier process has left: first all pages and chunks are named, then the dictionaries that survive say what
 * they refer to, at the end everything else is free. Belongs to the thread that recovers the lane.
 */
public final class ValueTableRecovery {
    /** Bytes of a page of entries. */
    public static final int PAGE_BYTES = ValueTable.PAGE_BYTES;
    /** Bytes of a chunk. */
    public static final int CHUNK_BYTES = ValueTable.CHUNK_BYTES;

    private static final int STEPS = CHUNK_BYTES / ValueTable.FINE_STEP_BYTES;
    private static final int NO_CHUNK = -1;

    private final ValueTable values;
    private int pageCount;
    private long valueCount;

    /** Of an empty table. */
    public ValueTableRecovery(final ValueTable values) {
        this.values = values;
    }

    /** Names a page of entries. */
    public void page(final int place, final long handle, final int slot) {
        if (place < 0 || place > 1 << 20) {
            throw new IllegalStateException("a page of values has place " + place);
        }
        values.pageBlocks().put(place, handle, slot);
        pageCount++;
    }

    /** Names a chunk. */
    public void chunk(final long handle, final int slot) {
        values.chunkBlocks().put(values.chunkBlocks().size(), handle, slot);
    }

    /**
     * All pages and chunks are named: dictionaries may refer to values now.
     *
     * @throws IllegalStateException if a page is missing.
     */
    public void start() {
        if (pageCount != values.pageBlocks().size()) {
            throw new IllegalStateException("a page of values is missing");
        }
        values.recoverPages();
    }

    /**
     * All dictionaries have referred: makes the index and the lists of what is free.
     *
     * @param moreRoom sees to one more region for the pool; false if there is none.
     * @throws IllegalStateException if a value does not lie in a chunk, two share bytes, or there is no room for the index.
     */
    public void finish(final BooleanSupplier moreRoom) {
        final Long2LongHashMap places = new Long2LongHashMap(NO_CHUNK);
        final int chunks = values.chunkBlocks().size();
        for (int i = 0; i < chunks; i++) {
            places.put(values.chunkBlocks().handle(i), i);
        }
        final long[][] used = new long[chunks][];
        int last = values.codeLimit() - 1;
        while (last > 0 && !values.isReferred(last)) {
            last--;
        }
        values.recoverCodesMade(Math.max(last, 0));
        for (int code = last; code > 0; code--) {
            if (!values.isReferred(code)) {
                values.giveCode(code);
            } else {
                occupy(code, places, used);
                while (!values.recoverIndex(code)) {
                    if (!moreRoom.getAsBoolean()) {
                        throw new IllegalStateException("there is no room for the index of values");
                    }
                }
                valueCount++;
            }
        }
        for (int i = 0; i < chunks; i++) {
            freeGaps(values.chunkBlocks().handle(i), used[i]);
        }
    }

    /** Values taken over. */
    public long valueCount() {
        return valueCount;
    }

    private void occupy(final int code, final Long2LongHashMap places, final long[][] used) {
        final long piece = values.piece(code);
        final int length = values.length(code);
        final int chunk = (int) places.get(piece & -CHUNK_BYTES);
        final int offset = (int) piece & CHUNK_BYTES - 1;
        if (chunk == NO_CHUNK || length < 0 || length > CHUNK_BYTES || offset % ValueTable.FINE_STEP_BYTES != 0
            || offset + ValueTable.pieceBytes(length) > CHUNK_BYTES) {
            throw new IllegalStateException("value " + code + " lies nowhere");
        }
        if (used[chunk] == null) {
            used[chunk] = new long[STEPS >>> 6];
        }
        final int first = offset / ValueTable.FINE_STEP_BYTES;
        for (int step = first, end = first + ValueTable.pieceBytes(length) / ValueTable.FINE_STEP_BYTES; step < end; step++) {
            final long bit = 1L << step;
            if ((used[chunk][step >>> 6] & bit) != 0) {
                throw new IllegalStateException("value " + code + " lies where another one does");
            }
            used[chunk][step >>> 6] |= bit;
        }
    }

    private void freeGaps(final long handle, final long[] used) {
        int step = 0;
        while (step < STEPS) {
            final int start = step;
            while (step < STEPS && (used == null || (used[step >>> 6] & 1L << step) == 0)) {
                step++;
            }
            if (step > start) {
                values.recoverGap(handle + (long) start * ValueTable.FINE_STEP_BYTES, (step - start) * ValueTable.FINE_STEP_BYTES);
            }
            step++;
        }
    }
}
