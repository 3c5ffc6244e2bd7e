package io.truenow.engine.store.value;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A page of a {@link SegmentDictionary} in memory: 256 bytes for the first of a dictionary, then 512, .. up to 64 KiB.
 *
 * <pre>
 *    0  int32 magic, int32 ordinal of the dimension, int32 place among the dictionary's pages, int32 0
 *   16  int64 reference (handle + 1, 0 for none) of the page that was linked to the segment before, int64 0
 *   32  entries: int32 lane code (0: not written yet), int32 hash
 * </pre>
 */
public final class DictionaryPage {
    static final int ENTRY_BYTES = 8;
    static final int HEADER_BYTES = 32;
    /** From this place on all pages have the same size. */
    static final int LAST_GROWING = 8;

    private static final int MAGIC = 0x4449_4354;
    private static final int FIRST_BYTES = 256;
    private static final int ORDINAL_OFFSET = 4;
    private static final int PLACE_OFFSET = 8;
    private static final int NEXT_OFFSET = 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private DictionaryPage() {
    }

    /** Bytes of a page. */
    public static int lengthBytes(final int place) {
        return FIRST_BYTES << Math.min(place, LAST_GROWING);
    }

    /** Whether there is a page at an address. */
    public static boolean isPage(final long address) {
        return NativeMemory.ALL.get(INT, address) == MAGIC && place(address) >= 0 && ordinal(address) >= 0;
    }

    /** The dimension. */
    public static int ordinal(final long address) {
        return NativeMemory.ALL.get(INT, address + ORDINAL_OFFSET);
    }

    /** Its place among the pages of its dictionary. */
    public static int place(final long address) {
        return NativeMemory.ALL.get(INT, address + PLACE_OFFSET);
    }

    /** Reference of the next page of the chain. */
    public static long next(final long address) {
        return NativeMemory.ALL.get(LONG, address + NEXT_OFFSET);
    }

    static int entries(final int place) {
        return (lengthBytes(place) - HEADER_BYTES) / ENTRY_BYTES;
    }

    /** Writes a page without entries. */
    static void write(final long address, final int ordinal, final int place, final long next) {
        final MemorySegment memory = NativeMemory.ALL;
        memory.asSlice(address, lengthBytes(place)).fill((byte) 0);
        memory.set(INT, address, MAGIC);
        memory.set(INT, address + ORDINAL_OFFSET, ordinal);
        memory.set(INT, address + PLACE_OFFSET, place);
        memory.set(LONG, address + NEXT_OFFSET, next);
    }
}
