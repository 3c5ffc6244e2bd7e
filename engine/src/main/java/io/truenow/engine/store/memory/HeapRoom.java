package io.truenow.engine.store.memory;

import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;

/**
 * Room on the heap for what queries gather beside their groups, or cubes beside their cells. What is held counts, by estimate, under a tag
 * of the budget for memory off the heap, and for a share of the heap, which is the same for all lanes. Thread safe.
 */
public final class HeapRoom {
    private final MemoryTag tag;
    private final MemoryTag share;

    /**
     * Room within a tag's limit and a share of the heap.
     *
     * @param tag   of the budget.
     * @param share of the heap's accountant.
     */
    public HeapRoom(final MemoryTag tag, final MemoryTag share) {
        this.tag = tag;
        this.share = share;
    }

    /** Room within a tag's limit alone. */
    public HeapRoom(final MemoryTag tag) {
        this(tag, new MemoryAccountant(Long.MAX_VALUE).tag("heap", Long.MAX_VALUE));
    }

    /** Most that all uses may hold together. */
    public long limitBytes() {
        return Math.min(tag.limitBytes(), share.limitBytes());
    }

    /** Whether more is held than may be: nobody should take more before some is given back. */
    public boolean isExceeded() {
        return tag.isExceeded() || share.isExceeded();
    }

    void add(final long bytes) {
        if (bytes >= 0) {
            tag.reserve(bytes);
            share.reserve(bytes);
        } else {
            tag.release(-bytes);
            share.release(-bytes);
        }
    }
}
