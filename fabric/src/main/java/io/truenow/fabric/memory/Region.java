package io.truenow.fabric.memory;

import io.truenow.fabric.memory.os.AnonymousMemory;
import io.truenow.fabric.memory.os.MemoryPlacement;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A large piece of off-heap memory, page aligned and touched when made: make it off the threads that must not stall. Anonymous and zeroed,
 * or a file of {@link RegionFiles} that outlives the process. Any thread may access the memory; whoever made the region closes it when no
 * thread uses it any more (a late access through {@link #memory} fails, one by address crashes).
 */
public final class Region implements AutoCloseable {
    /** The {@link #index} of an anonymous region: it has no place of its own in a pool. */
    public static final int ANY_INDEX = -1;

    private final MemoryTag tag;
    private final int index;
    private final Arena arena;
    private final MemorySegment memory;

    Region(final MemoryTag tag, final int index, final Arena arena, final MemorySegment memory) {
        this.tag = tag;
        this.index = index;
        this.arena = arena;
        this.memory = memory;
    }

    /**
     * Makes an anonymous region.
     *
     * @return null if the tag or its accountant does not grant that much.
     */
    public static Region allocate(final MemoryTag tag, final long lengthBytes) {
        return allocate(tag, lengthBytes, MemoryPlacement.ANY);
    }

    /**
     * Makes an anonymous region.
     *
     * @param placement how it is wanted.
     * @return null if the tag or its accountant does not grant that much, or the machine does not have it.
     */
    public static Region allocate(final MemoryTag tag, final long lengthBytes, final MemoryPlacement placement) {
        return tag.tryReserve(lengthBytes) ? reserved(tag, lengthBytes, placement) : null;
    }

    /** The same even beyond the limits, for what must be had to give more back; null only if the machine does not have it. */
    public static Region allocateBeyondLimit(final MemoryTag tag, final long lengthBytes) {
        tag.reserve(lengthBytes);
        return reserved(tag, lengthBytes, MemoryPlacement.ANY);
    }

    private static Region reserved(final MemoryTag tag, final long lengthBytes, final MemoryPlacement placement) {
        final Arena arena = Arena.ofShared();
        try {
            return new Region(tag, ANY_INDEX, arena, AnonymousMemory.map(lengthBytes, placement, arena));
        } catch (final IOException e) {
            arena.close();
            tag.release(lengthBytes);
            return null;
        }
    }

    /** Its number among the files of a directory, which is its number in the pool, so that handles outlive the process. */
    public int index() {
        return index;
    }

    /** The whole region. */
    public MemorySegment memory() {
        return memory;
    }

    /** Where it begins. */
    public long address() {
        return memory.address();
    }

    /** Its length. */
    public long lengthBytes() {
        return memory.byteSize();
    }

    /** Gives the memory back to the operating system and the bytes to the accountant; a file stays. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            tag.release(memory.byteSize());
        }
    }
}
