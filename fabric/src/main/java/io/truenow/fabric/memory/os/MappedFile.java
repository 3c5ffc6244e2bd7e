package io.truenow.fabric.memory.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
    private static final long ALIGNMENT = 2L << 20;
    private static final int CURRENT_DIRECTORY = -100;
    private static final int OPEN_READ_WRITE_CLOSED_BY_EXEC = 0x2 | 0x80000;
    private static final int PROTECTION_NONE = 0;
    private static final int PROTECTION_READ_WRITE = 3;
    private static final int MAP_SHARED = 0x1;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_PLACE_ONLY = 0x2 | 0x20 | 0x4000;
    private static final int ADVICE_POPULATE_WRITE = 23;
    private static final int ZEROS = 1 << 20;
    private static final int PAGE_BYTES = 4_096;

    private MappedFile() {
    }

    /**
     * Maps a file from its start. Bytes that it does not have yet, behind its end or in holes, are made and zeroed; the others stay as they
     * are.
     *
     * @param file        exists, maybe empty.
     * @param lengthBytes multiple of the page size.
     * @param arena       unmaps the file as it closes.
     * @throws IOException that says why, mostly a full file system; nothing stays mapped, but the file may have grown.
     */
    public static MemorySegment map(final Path file, final long lengthBytes, final Arena arena) throws IOException {
        return SystemCall.isSupported() ? mapByKernel(file, lengthBytes, arena) : mapByLibrary(file, lengthBytes, arena);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment mapByKernel(final Path file, final long lengthBytes, final Arena arena) throws IOException {
        final long descriptor = open(file);
        try {
            final long address = place(file, descriptor, lengthBytes);
            try {
                allocate(file, descriptor, lengthBytes);
                touch(file, address, lengthBytes);
            } catch (final IOException e) {
                SystemCall.MUNMAP.invoke(address, lengthBytes);
                throw e;
            }
            return MemorySegment.ofAddress(address)
                .reinterpret(lengthBytes, arena, memory -> SystemCall.MUNMAP.invoke(memory.address(), lengthBytes));
        } finally {
            SystemCall.CLOSE.invoke(descriptor);
        }
    }

    private static long open(final Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
            return checked("open", file, SystemCall.OPENAT.invoke(CURRENT_DIRECTORY, path.address(), OPEN_READ_WRITE_CLOSED_BY_EXEC));
        }
    }

    /** Puts the file where huge pages could hold it: a larger place is taken first and trimmed. */
    private static long place(final Path file, final long descriptor, final long lengthBytes) throws IOException {
        final long alignment = Math.max(ALIGNMENT, Files.getFileStore(file).getBlockSize());
        final long placeBytes = lengthBytes + alignment;
        final long place = checked("map", file, SystemCall.MMAP.invoke(0, placeBytes, PROTECTION_NONE, MAP_PLACE_ONLY, -1, 0));
        final long address = (place + alignment - 1) & -alignment;
        final long mapped =
            SystemCall.MMAP.invoke(address, lengthBytes, PROTECTION_READ_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0);
        if (mapped < 0) {
            SystemCall.MUNMAP.invoke(place, placeBytes);
            throw refused("map", file, -mapped);
        }
        if (address > place) {
            SystemCall.MUNMAP.invoke(place, address - place);
        }
        SystemCall.MUNMAP.invoke(address + lengthBytes, place + placeBytes - address - lengthBytes);
        return address;
    }

    private static void allocate(final Path file, final long descriptor, final long lengthBytes) throws IOException {
        final long result = SystemCall.FALLOCATE.invoke(descriptor, 0, 0, lengthBytes);
        if (result == -ErrorNumbers.NOT_SUPPORTED || result == -ErrorNumbers.NOT_IMPLEMENTED) {
            fill(file, lengthBytes);
        } else {
            checked("allocate", file, result);
        }
    }

    /** A kernel before 5.14 has no call for this; then the pages are read, which on shared memory maps them writable. */
    private static void touch(final Path file, final long address, final long lengthBytes) throws IOException {
        final long result = SystemCall.MADVISE.invoke(address, lengthBytes, ADVICE_POPULATE_WRITE);
        if (result == -ErrorNumbers.INVALID) {
            final MemorySegment memory = reinterpret(address, lengthBytes);
            for (long offset = 0; offset < lengthBytes; offset += PAGE_BYTES) {
                memory.get(ValueLayout.JAVA_BYTE, offset);
            }
        } else {
            checked("touch", file, result);
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment reinterpret(final long address, final long lengthBytes) {
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
    }

    private static MemorySegment mapByLibrary(final Path file, final long lengthBytes, final Arena arena) throws IOException {
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

    private static long checked(final String action, final Path file, final long result) throws IOException {
        if (result < 0) {
            throw refused(action, file, -result);
        }
        return result;
    }

    private static IOException refused(final String action, final Path file, final long errorNumber) {
        return new IOException("cannot " + action + " " + file + ": " + ErrorNumbers.text(errorNumber));
    }
}
