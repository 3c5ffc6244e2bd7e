package io.truenow.engine.store.value;

import io.truenow.engine.store.meta.RootKind;
import io.truenow.engine.store.meta.RootSlots;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;

import java.util.Arrays;

/** Blocks of one kind with a root slot each. Belongs to the lane. */
final class RootedBlocks {
    private final BlockPool pool;
    private final BlockUse use;
    private final RootSlots roots;
    private final RootKind kind;
    private long[] handles = new long[8];
    private int[] slots = new int[8];
    private int size;

    RootedBlocks(final BlockPool pool, final BlockUse use, final RootSlots roots, final RootKind kind) {
        this.pool = pool;
        this.use = use;
        this.roots = roots;
        this.kind = kind;
    }

    int size() {
        return size;
    }

    long handle(final int place) {
        return handles[place];
    }

    /** A new block behind the others, or {@link BlockPool#NONE} if there is no room. */
    long add(final int lengthBytes) {
        final long handle = pool.allocate(use, lengthBytes);
        if (handle == BlockPool.NONE) {
            return BlockPool.NONE;
        }
        final int slot = roots.link(kind, size, handle);
        if (slot == RootSlots.NONE) {
            pool.release(use, handle);
            return BlockPool.NONE;
        }
        put(size, handle, slot);
        return handle;
    }

    /** After a restart: the block that was at a place. */
    void put(final int place, final long handle, final int slot) {
        if (place >= handles.length) {
            handles = Arrays.copyOf(handles, Math.max(place + 1, place * 2));
            slots = Arrays.copyOf(slots, handles.length);
        }
        handles[place] = handle;
        slots[place] = slot;
        size = Math.max(size, place + 1);
    }

    /** Takes the last block out and gives it back. */
    void removeLast() {
        size--;
        roots.unlink(slots[size]);
        pool.release(use, handles[size]);
    }

    void close() {
        while (size > 0) {
            removeLast();
        }
    }
}
