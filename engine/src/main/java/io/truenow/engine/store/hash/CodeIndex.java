package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;

import java.lang.foreign.ValueLayout;

/**
 * Finds codes (greater than 0) by a 32-bit tag: the hash of a value, or another code. 8 bytes a slot: tag, code. Belongs to the lane.
 */
public final class CodeIndex extends ExtendibleHash {
    private static final int SLOT_BYTES = 8;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    /** An empty index that takes its pages from the pool. */
    public CodeIndex(final BlockPool pool, final BlockUse use) {
        super(pool, use, SLOT_BYTES);
    }

    /** Tells whether a code whose tag is equal is the one sought. */
    @FunctionalInterface
    public interface Match {
        boolean test(int code);
    }

    /** See {@link #reserve(long)}. */
    public boolean reserveTag(final int tag) {
        return reserve(hash(tag));
    }

    /** The code of a tag that no two codes share, or 0. */
    public int find(final int tag) {
        return find(tag, null);
    }

    /** The code of that tag which matches, or 0. */
    public int find(final int tag, final Match match) {
        final long hash = hash(tag);
        final Page page = page(hash);
        if (page == null) {
            return 0;
        }
        int slot = (int) hash & page.mask;
        while (true) {
            final long at = page.base + (long) slot * SLOT_BYTES;
            final int code = MEMORY.get(INT, at + Integer.BYTES);
            if (code == 0 || MEMORY.get(INT, at) == tag && (match == null || match.test(code))) {
                return code;
            }
            slot = slot + 1 & page.mask;
        }
    }

    /** Adds a code that is not there, for which room was reserved. */
    public void add(final int tag, final int code) {
        final long hash = hash(tag);
        final Page page = page(hash);
        int slot = (int) hash & page.mask;
        while (MEMORY.get(INT, page.base + (long) slot * SLOT_BYTES + Integer.BYTES) != 0) {
            slot = slot + 1 & page.mask;
        }
        MEMORY.set(INT, page.base + (long) slot * SLOT_BYTES, tag);
        MEMORY.set(INT, page.base + (long) slot * SLOT_BYTES + Integer.BYTES, code);
        onInserted(page);
    }

    /** Removes a code that is there; entries behind it move up, so no marks of removal gather. */
    public void remove(final int tag, final int code) {
        final long hash = hash(tag);
        final Page page = page(hash);
        int hole = (int) hash & page.mask;
        while (MEMORY.get(INT, page.base + (long) hole * SLOT_BYTES + Integer.BYTES) != code) {
            hole = hole + 1 & page.mask;
        }
        int slot = hole;
        while (true) {
            slot = slot + 1 & page.mask;
            final long at = page.base + (long) slot * SLOT_BYTES;
            if (!isOccupied(at)) {
                break;
            }
            final int home = (int) hashOfSlot(at) & page.mask;
            if ((slot - home & page.mask) >= (slot - hole & page.mask)) {
                MEMORY.set(ValueLayout.JAVA_LONG, page.base + (long) hole * SLOT_BYTES, MEMORY.get(ValueLayout.JAVA_LONG, at));
                hole = slot;
            }
        }
        MEMORY.set(ValueLayout.JAVA_LONG, page.base + (long) hole * SLOT_BYTES, 0L);
        onRemoved(page);
    }

    @Override
    long hashOfSlot(final long address) {
        return hash(MEMORY.get(INT, address));
    }

    @Override
    boolean isOccupied(final long address) {
        return MEMORY.get(INT, address + Integer.BYTES) != 0;
    }

    private static long hash(final int tag) {
        final long product = (tag + 1L) * MIX;
        return product ^ product >>> 32;
    }
}
