package io.truenow.fabric.memory;

import java.lang.foreign.MemorySegment;

/**
 * All memory of the process as one segment, addressed absolutely. Reads and writes through it are free of session checks, and being a
 * constant it gives every loop over any region the same code. Nothing guards its use: whoever keeps an address also keeps the protocol by
 * which the memory behind it is let go.
 */
public final class NativeMemory {
    /** The process' address space. */
    @SuppressWarnings("restricted")
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private NativeMemory() {
    }
}
