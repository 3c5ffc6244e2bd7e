package io.truenow.hottier.warm;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.file.SegmentFiles;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Files that are arrays on the heap, known to nobody else. A mapping is a copy, in the arena. One thread. */
final class HeapFiles implements SegmentFiles {
    private static final int FIRST_BYTES = 1 << 16;
    private static final int PAGE_BYTES = 4_096;

    private final Map<Path, Content> files = new HashMap<>();

    @Override
    public SegmentFile create(final Path file) {
        final Content content = new Content();
        files.put(file, content);
        return content;
    }

    @Override
    public SegmentFile open(final Path file) throws IOException {
        final Content content = files.get(file);
        if (content == null) {
            throw new NoSuchFileException(file.toString());
        }
        return content;
    }

    @Override
    public SegmentFile reopen(final Path file) throws IOException {
        return open(file);
    }

    @Override
    public void rename(final Path from, final Path to) {
        files.put(to, files.remove(from));
    }

    @Override
    public void delete(final Path file) {
        files.remove(file);
    }

    @Override
    public List<Path> list(final Path directory) {
        return files.keySet().stream().filter(file -> directory.equals(file.getParent())).sorted().toList();
    }

    @Override
    public void createDirectories(final Path directory) {
        // names need none
    }

    @Override
    public void syncDirectory(final Path directory) {
        // nothing outlives the process
    }

    private static final class Content implements SegmentFile {
        private byte[] bytes = new byte[FIRST_BYTES];
        private int lengthBytes;

        @Override
        public void write(final ByteBuffer source, final long position) {
            final int at = Math.toIntExact(position);
            final int count = source.remaining();
            if (at + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(at + count, 2 * bytes.length));
            }
            source.get(bytes, at, count);
            lengthBytes = Math.max(lengthBytes, at + count);
        }

        @Override
        public int read(final ByteBuffer target, final long position) {
            final int at = (int) Math.min(position, lengthBytes);
            final int count = Math.min(lengthBytes - at, target.remaining());
            target.put(bytes, at, count);
            return count;
        }

        @Override
        public long lengthBytes() {
            return lengthBytes;
        }

        @Override
        public void sync() {
            // nothing outlives the process
        }

        @Override
        public MemorySegment map(final Arena arena) {
            final MemorySegment copy = arena.allocate(lengthBytes, PAGE_BYTES);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, copy, 0, lengthBytes);
            return copy;
        }

        @Override
        public void close() {
            // the content stays until it is deleted
        }
    }
}
