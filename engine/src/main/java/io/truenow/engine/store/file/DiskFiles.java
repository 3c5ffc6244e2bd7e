package io.truenow.engine.store.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The file system itself. Any thread. */
public final class DiskFiles implements SegmentFiles {
    /** It has no state. */
    public static final DiskFiles INSTANCE = new DiskFiles();

    private DiskFiles() {
    }

    @Override
    public SegmentFile create(final Path file) throws IOException {
        return new DiskFile(FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public SegmentFile open(final Path file) throws IOException {
        return new DiskFile(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public SegmentFile reopen(final Path file) throws IOException {
        return new DiskFile(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(final Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    @Override
    public void createDirectories(final Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        createDirectories(directory.toAbsolutePath().getParent());
        Files.createDirectories(directory);
        syncDirectory(directory.toAbsolutePath().getParent());
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException {
        // on Linux a directory opens for reading, and its names are its content
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private record DiskFile(FileChannel channel) implements SegmentFile {
        @Override
        public void write(final ByteBuffer bytes, final long position) throws IOException {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        }

        @Override
        public int read(final ByteBuffer bytes, final long position) throws IOException {
            final int from = bytes.position();
            int count = 0;
            while (bytes.hasRemaining() && count >= 0) {
                count = channel.read(bytes, position + bytes.position() - from);
            }
            return bytes.position() - from;
        }

        @Override
        public long lengthBytes() throws IOException {
            return channel.size();
        }

        @Override
        public void sync() throws IOException {
            // without metadata that reading does not need: fdatasync
            channel.force(false);
        }

        @Override
        public MemorySegment map(final Arena arena) throws IOException {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
