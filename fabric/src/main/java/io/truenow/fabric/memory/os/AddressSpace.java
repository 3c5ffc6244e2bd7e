package io.truenow.fabric.memory.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The steps by which a mapping is made on Linux. All are slow; an address that one of them gave is unmapped by {@link #unmap}. */
final class AddressSpace {
    static final int MAP_SHARED = 0x1;
    static final int MAP_PRIVATE_ANONYMOUS = 0x2 | 0x20;
    static final int PAGE_BYTES = 4_096;
    /** Of a huge page where it matters. */
    static final long HUGE_PAGE_BYTES = 2L << 20;

    private static final int PROTECTION_NONE = 0;
    private static final int PROTECTION_READ_WRITE = 3;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_PLACE_ONLY = MAP_PRIVATE_ANONYMOUS | 0x4000;
    private static final int ADVICE_HUGE_PAGES = 14;
    private static final int ADVICE_POPULATE_WRITE = 23;
    private static final int ADVICE_COLLAPSE = 25;
    private static final int POLICY_PREFERRED = 1;
    private static final int MOVE_PAGES = 2;

    private AddressSpace() {
    }

    /** Maps at a multiple of the alignment, so that huge pages could hold it: a larger place is taken first and trimmed. */
    static long map(final String what, final long lengthBytes, final long alignment, final int flags, final long descriptor)
        throws IOException {
        final long placeBytes = lengthBytes + alignment;
        final long place = checked("map", what, SystemCall.MMAP.invoke(0, placeBytes, PROTECTION_NONE, MAP_PLACE_ONLY, -1, 0));
        final long address = (place + alignment - 1) & -alignment;
        final long mapped = SystemCall.MMAP.invoke(address, lengthBytes, PROTECTION_READ_WRITE, flags | MAP_FIXED, descriptor, 0);
        if (mapped < 0) {
            unmap(place, placeBytes);
            throw refused("map", what, -mapped);
        }
        if (address > place) {
            unmap(place, address - place);
        }
        unmap(address + lengthBytes, place + placeBytes - address - lengthBytes);
        return address;
    }

    static void unmap(final long address, final long lengthBytes) {
        SystemCall.MUNMAP.invoke(address, lengthBytes);
    }

    /** Says where pages are wanted, before there are any; those that are there already are moved. */
    static void place(final long address, final long lengthBytes, final MemoryPlacement placement) {
        if (placement.hugePages() != HugePages.OFF) {
            SystemCall.MADVISE.invoke(address, lengthBytes, ADVICE_HUGE_PAGES);
        }
        if (placement.numaNode() != MemoryPlacement.ANY_NODE) {
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment mask = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L << placement.numaNode());
                SystemCall.MBIND.invoke(
                    address, lengthBytes, POLICY_PREFERRED, mask.address(), MemoryPlacement.MAX_NODES + 1, MOVE_PAGES);
            }
        }
    }

    /** Touches every page. A kernel before 5.14 has no call for this; then they are written, each with what it holds. */
    static void touch(final String what, final long address, final long lengthBytes) throws IOException {
        final long result = SystemCall.MADVISE.invoke(address, lengthBytes, ADVICE_POPULATE_WRITE);
        if (result == -ErrorNumbers.INVALID) {
            final MemorySegment memory = segment(address, lengthBytes);
            for (long offset = 0; offset < lengthBytes; offset += PAGE_BYTES) {
                memory.set(ValueLayout.JAVA_BYTE, offset, memory.get(ValueLayout.JAVA_BYTE, offset));
            }
        } else {
            checked("touch", what, result);
        }
    }

    /**
     * Puts together what are small pages, and makes what is missing, if there is a page at all; kernels before 6.1 do that later or not at
     * all. Cheap where there is a huge page already.
     *
     * @return 0, or the negative error number.
     */
    static long collapse(final long address, final long lengthBytes) {
        return SystemCall.MADVISE.invoke(address, lengthBytes, ADVICE_COLLAPSE);
    }

    /** Looks through all mappings of the process, for milliseconds; nothing where huge pages are not required. */
    static void check(final String what, final long address, final long lengthBytes, final HugePages wanted) throws IOException {
        if (wanted == HugePages.REQUIRE && Placements.hugeBytes(address, lengthBytes) < lengthBytes) {
            final long result = collapse(address, lengthBytes);
            throw new IOException("no huge pages for " + what + ", which are required"
                + (result < 0 ? ": " + ErrorNumbers.text(-result) : ""));
        }
    }

    @SuppressWarnings("restricted")
    static MemorySegment segment(final long address, final long lengthBytes) {
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
    }

    /** A segment that unmaps itself as the arena closes. */
    @SuppressWarnings("restricted")
    static MemorySegment segment(final long address, final long lengthBytes, final Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes, arena, memory -> unmap(memory.address(), lengthBytes));
    }

    static long checked(final String action, final String what, final long result) throws IOException {
        if (result < 0) {
            throw refused(action, what, -result);
        }
        return result;
    }

    static IOException refused(final String action, final String what, final long errorNumber) {
        return new IOException("cannot " + action + ' ' + what + ": " + ErrorNumbers.text(errorNumber));
    }
}
