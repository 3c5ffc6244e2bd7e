package io.truenow.fabric.memory.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Maps files shared and writable, so that no access to them can fail later: every byte has its place in the file system (a full one is an
 * error here, never a SIGBUS at an access) and every page is touched. Slow, so off the threads that must not stall.
 */
public final class MappedFile {
    private static final int CURRENT_DIRECTORY = -100;
    private static final int OPEN_READ_WRITE_CLOSED_BY_EXEC = 0x2 | 0x80000;
    private static final int ZEROS = 1 << 20;

    private MappedFile() {
    }

    /**
     * Maps a file from its start. Bytes that it does not have yet, behind its end or in holes, are made and zeroed; the others stay as they
     * are.
     *
     * @param file        exists, maybe empty.
     * @param lengthBytes multiple of the page size.
     * @param placement   where the machine grants it.
     * @param arena       unmaps the file as it closes.
     * @throws IOException that says why, mostly a full file system; nothing stays mapped, but the file may have grown.
     */
    public static MemorySegment map(final Path file, final long lengthBytes, final MemoryPlacement placement, final Arena arena)
        throws IOException {
        return SystemCall.isSupported()
            ? mapByKernel(file, lengthBytes, placement, arena) : mapByLibrary(file, lengthBytes, placement, arena);
    }

    /** The same, without a wish about its place: for small files. */
    public static MemorySegment map(final Path file, final long lengthBytes, final Arena arena) throws IOException {
        return map(file, lengthBytes, MemoryPlacement.ANY, arena);
    }

    private static MemorySegment mapByKernel(
        final Path file, final long lengthBytes, final MemoryPlacement placement, final Arena arena) throws IOException {
        final String what = file.toString();
        final long alignment = Math.max(AddressSpace.HUGE_PAGE_BYTES, Files.getFileStore(file).getBlockSize());
        final long descriptor = open(file);
        try {
            final long address = AddressSpace.map(what, lengthBytes, alignment, AddressSpace.MAP_SHARED, descriptor);
            try {
                AddressSpace.place(address, lengthBytes, placement);
                if (placement.hugePages() != HugePages.OFF) {
                    allocateHuge(descriptor, address, lengthBytes);
                }
                allocate(file, descriptor, lengthBytes);
                AddressSpace.touch(what, address, lengthBytes);
                AddressSpace.check(what, address, lengthBytes, placement.hugePages());
            } catch (final IOException e) {
                AddressSpace.unmap(address, lengthBytes);
                throw e;
            }
            return AddressSpace.segment(address, lengthBytes, arena);
        } finally {
            SystemCall.CLOSE.invoke(descriptor);
        }
    }

    private static long open(final Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
            return AddressSpace.checked("open", file.toString(),
                SystemCall.OPENAT.invoke(CURRENT_DIRECTORY, path.address(), OPEN_READ_WRITE_CLOSED_BY_EXEC));
        }
    }

    /**
     * Huge pages where the file system has them, each made of the first of its small ones: put together only when all are there they would
     * have to be copied, which takes several times as long, and nothing else runs on the processor meanwhile.
     */
    private static void allocateHuge(final long descriptor, final long address, final long lengthBytes) {
        for (long offset = 0; offset < lengthBytes; offset += AddressSpace.HUGE_PAGE_BYTES) {
            if (SystemCall.FALLOCATE.invoke(descriptor, 0, offset, AddressSpace.PAGE_BYTES) < 0
                || AddressSpace.collapse(address + offset, Math.min(AddressSpace.HUGE_PAGE_BYTES, lengthBytes - offset)) < 0) {
                return;
            }
        }
    }

    private static void allocate(final Path file, final long descriptor, final long lengthBytes) throws IOException {
        final long result = SystemCall.FALLOCATE.invoke(descriptor, 0, 0, lengthBytes);
        if (result == -ErrorNumbers.NOT_SUPPORTED || result == -ErrorNumbers.NOT_IMPLEMENTED) {
            fill(file, lengthBytes);
        } else {
            AddressSpace.checked("allocate", file.toString(), result);
        }
    }

    private static MemorySegment mapByLibrary(
        final Path file, final long lengthBytes, final MemoryPlacement placement, final Arena arena) throws IOException {
        if (placement.hugePages() == HugePages.REQUIRE) {
            throw new IOException("huge pages are required, which this machine does not have");
        }
        fill(file, lengthBytes);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, lengthBytes, arena);
            memory.load();
            return memory;
        }
    }

    /** Appends zeros, so that a file system that cannot allocate has the room nevertheless. */
    private static void fill(final Path file, final long lengthBytes) throws IOException {
        final ByteBuffer zeros = ByteBuffer.allocate(ZEROS);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long position = channel.size();
            while (position < lengthBytes) {
                zeros.clear().limit((int) Math.min(ZEROS, lengthBytes - position));
                position += channel.write(zeros, position);
            }
        }
    }
}
