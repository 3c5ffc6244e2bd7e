package io.truenow.fabric.memory.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of the process alone, zeroed and touched. Slow to make, so off the threads that must not stall. */
public final class AnonymousMemory {
    private static final String WHAT = "memory";

    private AnonymousMemory() {
    }

    /**
     * Takes memory.
     *
     * @param lengthBytes multiple of the page size.
     * @param arena       gives it back as it closes.
     * @throws IOException that says why not.
     */
    public static MemorySegment map(final long lengthBytes, final MemoryPlacement placement, final Arena arena) throws IOException {
        if (!SystemCall.isSupported()) {
            if (placement.hugePages() == HugePages.REQUIRE) {
                throw new IOException("huge pages are required, which this machine does not have");
            }
            try {
                return arena.allocate(lengthBytes, AddressSpace.PAGE_BYTES);
            } catch (final OutOfMemoryError e) {
                throw new IOException("cannot map memory: " + e.getMessage(), e);
            }
        }
        final long address =
            AddressSpace.map(WHAT, lengthBytes, AddressSpace.HUGE_PAGE_BYTES, AddressSpace.MAP_PRIVATE_ANONYMOUS, -1);
        try {
            AddressSpace.place(address, lengthBytes, placement);
            AddressSpace.touch(WHAT, address, lengthBytes);
            if (placement.hugePages() != HugePages.OFF) {
                AddressSpace.collapse(address, lengthBytes);
            }
            AddressSpace.check(WHAT, address, lengthBytes, placement.hugePages());
        } catch (final IOException e) {
            AddressSpace.unmap(address, lengthBytes);
            throw e;
        }
        return AddressSpace.segment(address, lengthBytes, arena);
    }
}
