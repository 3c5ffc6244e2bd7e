package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A Bloom filter of the ids of a block of rows: says of most other ids that they are not there. Stateless; whoever holds the memory says
 * who may touch it.
 *
 * <p>Each id has {@link #BITS_PER_ID} bits' room, and three bits of one cache line (blocked Bloom filters, Putze et al., WEA 2007): of ids
 * that are not there it lets one in about 25 pass.
 * <pre>
 *   line   a power of two of them: int64[8], one bit or none for each of an id's three numbers
 * </pre>
 */
public final class IdBloom {
    private static final int BITS_PER_ID = 8;
    private static final int LINE_SHIFT = 6;
    private static final int LINE_BYTES = 1 << LINE_SHIFT;
    private static final int BIT_SHIFT = 9;
    private static final int BIT_MASK = (1 << BIT_SHIFT) - 1;
    private static final long FACTOR = 0xD6E8_FEB8_6659_FD93L;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private IdBloom() {
    }

    /** Bytes for so many ids: a power of two. */
    public static int lengthBytes(final int ids) {
        final int bytes = Math.max(ids * BITS_PER_ID / Byte.SIZE, LINE_BYTES);
        return 1 << Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1);
    }

    /** Makes it empty. */
    public static void clear(final long address, final int lengthBytes) {
        MEMORY.asSlice(address, lengthBytes).fill((byte) 0);
    }

    /** Adds an id by its {@link IdBatch#word}. */
    public static void add(final long address, final int lengthBytes, final long word) {
        final long hash = hash(word);
        final long line = line(address, lengthBytes, hash);
        for (int shift = 0; shift < 3 * BIT_SHIFT; shift += BIT_SHIFT) {
            final int bit = (int) (hash >>> shift) & BIT_MASK;
            final long at = line + (bit >>> 6) * Long.BYTES;
            MEMORY.set(LONG, at, MEMORY.get(LONG, at) | 1L << bit);
        }
    }

    /** Whether an id may have been added. */
    public static boolean mayHold(final long address, final int lengthBytes, final long word) {
        final long hash = hash(word);
        final long line = line(address, lengthBytes, hash);
        for (int shift = 0; shift < 3 * BIT_SHIFT; shift += BIT_SHIFT) {
            final int bit = (int) (hash >>> shift) & BIT_MASK;
            if ((MEMORY.get(LONG, line + (bit >>> 6) * Long.BYTES) & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Ids that an {@link IdFilter} takes for each other have the same bits at both ends of their words: the others decide, too. */
    private static long hash(final long word) {
        final long product = word * FACTOR;
        return product ^ product >>> 32;
    }

    private static long line(final long address, final int lengthBytes, final long hash) {
        return address + ((hash >>> Integer.SIZE) * (lengthBytes >>> LINE_SHIFT) >>> Integer.SIZE << LINE_SHIFT);
    }
}
