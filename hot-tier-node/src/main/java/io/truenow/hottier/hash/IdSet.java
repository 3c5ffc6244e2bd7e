package io.truenow.hottier.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The 128-bit ids of a span's events: its dedup table. Belongs to the lane. Derived from the committed rows; 16 bytes a slot, the id
 * itself. The low half spreads ids over pages and slots, since a table's shards are told apart by bits of the high half.
 */
public final class IdSet extends ExtendibleHash {
    private static final int SLOT_BYTES = 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** The all-zero id marks an empty slot, so its presence is kept here. */
    private boolean holdsZero;

    /** An empty set that takes its pages from the pool. */
    public IdSet(final BlockPool pool, final BlockUse use) {
        super(pool, use, SLOT_BYTES);
    }

    /** Adds an id for which room was reserved; false if it is there. */
    public boolean add(final long idHigh, final long idLow) {
        if (idHigh == 0 && idLow == 0) {
            final boolean added = !holdsZero;
            holdsZero = true;
            return added;
        }
        final Page page = page(idLow);
        final MemorySegment memory = page.memory;
        int slot = (int) idLow & page.mask;
        while (true) {
            final long at = page.base + (long) slot * SLOT_BYTES;
            final long high = memory.get(LONG, at);
            final long low = memory.get(LONG, at + Long.BYTES);
            if (low == idLow && high == idHigh) {
                return false;
            }
            if (low == 0 && high == 0) {
                memory.set(LONG, at, idHigh);
                memory.set(LONG, at + Long.BYTES, idLow);
                onInserted(page);
                return true;
            }
            slot = slot + 1 & page.mask;
        }
    }

    @Override
    long hashOfSlot(final MemorySegment memory, final long offset) {
        return memory.get(LONG, offset + Long.BYTES);
    }

    @Override
    boolean isOccupied(final MemorySegment memory, final long offset) {
        return memory.get(LONG, offset) != 0 || memory.get(LONG, offset + Long.BYTES) != 0;
    }
}
