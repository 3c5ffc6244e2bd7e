package io.truenow.fabric.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A large piece of off-heap memory, page aligned, zeroed and so touched when made: make it off the threads that must not stall. Any thread
 * may access the memory; whoever made the region closes it when no thread uses it any more (a late access fails, it does not crash).
 */
public final class Region implements AutoCloseable {
    private static final long PAGE_BYTES = 4_096;

    private final MemoryTag tag;
    private final Arena arena;
    private final MemorySegment memory;

    private Region(final MemoryTag tag, final Arena arena, final MemorySegment memory) {
        this.tag = tag;
        this.arena = arena;
        this.memory = memory;
    }

    /**
     * Makes a region.
     *
     * @return null if the tag or its accountant does not grant that much.
     */
    public static Region allocate(final MemoryTag tag, final long lengthBytes) {
        if (!tag.tryReserve(lengthBytes)) {
            return null;
        }
        final Arena arena = Arena.ofShared();
        try {
            return new Region(tag, arena, arena.allocate(lengthBytes, PAGE_BYTES));
        } catch (final OutOfMemoryError e) {
            arena.close();
            tag.release(lengthBytes);
            return null;
        }
    }

    /** The whole region. */
    public MemorySegment memory() {
        return memory;
    }

    /** Its length. */
    public long lengthBytes() {
        return memory.byteSize();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            tag.release(memory.byteSize());
        }
    }
}
