package io.truenow.engine.store.meta;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;
import org.agrona.collections.IntArrayList;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Where everything that must outlive the process begins. A slot holds what kind of object it is, a number that tells objects of a kind
 * apart where that matters, and its handle, in pages: the first in {@code lane.meta}, further ones blocks of the pool, each linked in front
 * of the one before. Belongs to the lane.
 *
 * <pre>
 *   slot  {int64 kind &lt;&lt; 32 | ordinal, int64 reference}
 *   page  int64 magic, int64 reference of the page made before it, slots
 * </pre>
 * A reference is a handle + 1, or 0 for none. An object is written completely before its reference is stored, in one store, and loses it in
 * one before its memory is given back: so after a kill between any two stores a reference leads to a whole object.
 */
public final class RootSlots {
    /** No slot. */
    public static final int NONE = -1;
    /** Bytes of a further page. */
    public static final int PAGE_BYTES = 64 * 1_024;

    private static final int SLOT_BYTES = 16;
    private static final int PAGE_HEADER_BYTES = 16;
    private static final int FIRST_SLOTS = (LaneMeta.LENGTH_BYTES - LaneMeta.ROOTS_OFFSET) / SLOT_BYTES;
    private static final int PAGE_SLOTS = (PAGE_BYTES - PAGE_HEADER_BYTES) / SLOT_BYTES;
    private static final long PAGE_MAGIC = 0x524f_4f54_5041_4745L;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final BlockPool pool;
    private final BlockUse use;
    private final long metaAddress;
    private final IntArrayList free = new IntArrayList();
    private long[] pages = new long[4];
    private int pageCount;
    private int slotsMade;

    /** The slots of a lane, all empty or, after a restart, to be walked first. */
    public RootSlots(final LaneMeta meta, final BlockPool pool) {
        this.pool = pool;
        this.use = pool.use("roots");
        this.metaAddress = meta.address();
    }

    /** What is done with a slot that is in use. */
    @FunctionalInterface
    public interface Visitor {
        void visit(int slot, RootKind kind, int ordinal, long handle);
    }

    /**
     * Puts a completely written object into a slot.
     *
     * @return the slot, or {@link #NONE} if there is no room for one more.
     */
    public int link(final RootKind kind, final int ordinal, final long handle) {
        final int slot;
        if (!free.isEmpty()) {
            slot = free.popInt();
        } else if (slotsMade < FIRST_SLOTS + pageCount * PAGE_SLOTS || addPage()) {
            slot = slotsMade++;
        } else {
            return NONE;
        }
        NativeMemory.ALL.set(LONG, slotAddress(slot), (long) kind.ordinal() << Integer.SIZE | ordinal & 0xFFFF_FFFFL);
        relink(slot, handle);
        return slot;
    }

    /** Puts another object, completely written, in the place of the one that a slot holds. */
    public void relink(final int slot, final long handle) {
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, slotAddress(slot) + Long.BYTES, handle + 1);
        VarHandle.releaseFence();
    }

    /** Empties a slot. From now on the object would not survive, so its memory may be given back. */
    public void unlink(final int slot) {
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, slotAddress(slot) + Long.BYTES, 0L);
        VarHandle.releaseFence();
        free.addInt(slot);
    }

    /**
     * After a restart: finds the pages, before the pool knows what is held.
     *
     * @return handles of the pages that are blocks of the pool.
     * @throws IllegalStateException if no lane can have written such pages.
     */
    public long[] recoverPages() {
        long reference = NativeMemory.ALL.get(LONG, metaAddress + LaneMeta.NEXT_ROOT_PAGE_OFFSET);
        final long[] newestFirst = new long[(int) (pool.regionBytes() / PAGE_BYTES) + 1];
        while (reference != 0) {
            final long handle = reference - 1;
            if (pageCount == newestFirst.length || !pool.contains(handle, PAGE_BYTES)
                || NativeMemory.ALL.get(LONG, pool.address(handle)) != PAGE_MAGIC) {
                throw new IllegalStateException("the pages of root slots are damaged");
            }
            newestFirst[pageCount++] = handle;
            reference = NativeMemory.ALL.get(LONG, pool.address(handle) + Long.BYTES);
        }
        pages = new long[Math.max(4, pageCount)];
        for (int i = 0; i < pageCount; i++) {
            pages[i] = newestFirst[pageCount - 1 - i];
        }
        slotsMade = FIRST_SLOTS + pageCount * PAGE_SLOTS;
        for (int slot = slotsMade - 1; slot >= 0; slot--) {
            if (NativeMemory.ALL.get(LONG, slotAddress(slot) + Long.BYTES) == 0) {
                free.addInt(slot);
            }
        }
        final long[] handles = new long[pageCount];
        System.arraycopy(pages, 0, handles, 0, pageCount);
        return handles;
    }

    /** Where pages are counted. */
    public BlockUse use() {
        return use;
    }

    /**
     * Visits every slot that is in use.
     *
     * @throws IllegalStateException if one holds what no lane can have put there.
     */
    public void forEach(final Visitor visitor) {
        for (int slot = 0; slot < slotsMade; slot++) {
            final long reference = NativeMemory.ALL.get(LONG, slotAddress(slot) + Long.BYTES);
            if (reference != 0) {
                final long tag = NativeMemory.ALL.get(LONG, slotAddress(slot));
                final RootKind kind = RootKind.of((int) (tag >>> Integer.SIZE));
                if (kind == null || !pool.contains(reference - 1, BlockPool.MIN_BLOCK_BYTES)) {
                    throw new IllegalStateException("root slot " + slot + " is damaged");
                }
                visitor.visit(slot, kind, (int) tag, reference - 1);
            }
        }
    }

    private boolean addPage() {
        final long handle = pool.allocate(use, PAGE_BYTES);
        if (handle == BlockPool.NONE) {
            return false;
        }
        final long address = pool.address(handle);
        NativeMemory.ALL.asSlice(address, PAGE_BYTES).fill((byte) 0);
        NativeMemory.ALL.set(LONG, address, PAGE_MAGIC);
        final long head = metaAddress + LaneMeta.NEXT_ROOT_PAGE_OFFSET;
        NativeMemory.ALL.set(LONG, address + Long.BYTES, NativeMemory.ALL.get(LONG, head));
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, head, handle + 1);
        VarHandle.releaseFence();
        if (pageCount == pages.length) {
            pages = Arrays.copyOf(pages, pageCount * 2);
        }
        pages[pageCount++] = handle;
        return true;
    }

    private long slotAddress(final int slot) {
        if (slot < FIRST_SLOTS) {
            return metaAddress + LaneMeta.ROOTS_OFFSET + (long) slot * SLOT_BYTES;
        }
        final int further = slot - FIRST_SLOTS;
        return pool.address(pages[further / PAGE_SLOTS]) + PAGE_HEADER_BYTES + (long) (further % PAGE_SLOTS) * SLOT_BYTES;
    }
}
