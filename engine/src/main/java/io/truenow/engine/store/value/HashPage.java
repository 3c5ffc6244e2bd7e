package io.truenow.engine.store.value;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds the entries of one {@link DictionaryPage} by the hash of their values. Entries are only ever added, each before the dictionary's
 * size says so; a reader passes over those that it may not see. Derived: it ends with the process.
 *
 * <pre>
 *   uint16 entry + 1, 0 for none, in the first free slot from the hash's own on; twice as many slots as the page has entries, or some more
 * </pre>
 */
final class HashPage {
    /** Pages before this one are short enough to be read through. */
    static final int FIRST_PLACE = 5;

    private static final int FIRST_SLOTS_SHIFT = 6;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private HashPage() {
    }

    /** Bytes for the page at a place among the dictionary's. */
    static int lengthBytes(final int place) {
        return Short.BYTES << slotsShift(place);
    }

    /** Without entries. */
    static void clear(final long address, final int place) {
        MEMORY.asSlice(address, lengthBytes(place)).fill((byte) 0);
    }

    /** Adds an entry, which is not there. */
    static void add(final long address, final int place, final int entry, final int hash) {
        final int shift = slotsShift(place);
        int slot = slot(hash, shift);
        while (MEMORY.get(SHORT, address + (long) slot * Short.BYTES) != 0) {
            slot = slot + 1 & (1 << shift) - 1;
        }
        MEMORY.set(SHORT, address + (long) slot * Short.BYTES, (short) (entry + 1));
    }

    /**
     * The least of the entries from .. last whose value has the hash, or -1.
     *
     * @param hashes where the hash of entry 0 is, each entry's {@link DictionaryPage#ENTRY_BYTES} behind the one before.
     */
    static int find(final long address, final int place, final long hashes, final int hash, final int from, final int last) {
        final int shift = slotsShift(place);
        int slot = slot(hash, shift);
        int least = Integer.MAX_VALUE;
        int entry = MEMORY.get(SHORT, address + (long) slot * Short.BYTES) - 1;
        while (entry >= 0) {
            if (entry >= from && entry <= last && entry < least
                && MEMORY.get(INT, hashes + (long) entry * DictionaryPage.ENTRY_BYTES) == hash) {
                least = entry;
            }
            slot = slot + 1 & (1 << shift) - 1;
            entry = MEMORY.get(SHORT, address + (long) slot * Short.BYTES) - 1;
        }
        return least == Integer.MAX_VALUE ? -1 : least;
    }

    private static int slotsShift(final int place) {
        return FIRST_SLOTS_SHIFT + Math.min(place, DictionaryPage.LAST_GROWING);
    }

    private static int slot(final int hash, final int shift) {
        return hash * 0x9E37_79B9 >>> Integer.SIZE - shift;
    }
}
