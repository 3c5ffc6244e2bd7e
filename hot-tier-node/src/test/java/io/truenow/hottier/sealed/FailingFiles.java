package io.truenow.hottier.sealed;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The file system, of whose requests one, or one and all after it, fail. A write that fails has written half. */
public final class FailingFiles implements SegmentFiles {
    private final int firstFailure;
    private final boolean isLasting;
    private int requests;
    private int failures;

    /** Fails the request of that number, counted from 0, and perhaps all later ones. */
    public FailingFiles(final int firstFailure, final boolean isLasting) {
        this.firstFailure = firstFailure;
        this.isLasting = isLasting;
    }

    /** Requests that failed. */
    public int failures() {
        return failures;
    }

    @Override
    public SegmentFile create(final Path file) throws IOException {
        request("create");
        return new FailingFile(DiskFiles.INSTANCE.create(file));
    }

    @Override
    public SegmentFile open(final Path file) throws IOException {
        request("open");
        return new FailingFile(DiskFiles.INSTANCE.open(file));
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException {
        request("rename");
        DiskFiles.INSTANCE.rename(from, to);
    }

    @Override
    public void delete(final Path file) throws IOException {
        request("delete");
        DiskFiles.INSTANCE.delete(file);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException {
        request("list");
        return DiskFiles.INSTANCE.list(directory);
    }

    @Override
    public void createDirectories(final Path directory) throws IOException {
        request("create directories");
        DiskFiles.INSTANCE.createDirectories(directory);
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException {
        request("sync directory");
        DiskFiles.INSTANCE.syncDirectory(directory);
    }

    private boolean fails() {
        final int request = requests++;
        final boolean fails = request == firstFailure || isLasting && request > firstFailure;
        failures += fails ? 1 : 0;
        return fails;
    }

    private void request(final String what) throws IOException {
        if (fails()) {
            throw new IOException(what + " failed as asked");
        }
    }

    private final class FailingFile implements SegmentFile {
        private final SegmentFile file;

        FailingFile(final SegmentFile file) {
            this.file = file;
        }

        @Override
        public void write(final ByteBuffer bytes, final long position) throws IOException {
            if (fails()) {
                bytes.limit(bytes.position() + bytes.remaining() / 2);
                file.write(bytes, position);
                throw new IOException("write failed as asked");
            }
            file.write(bytes, position);
        }

        @Override
        public int read(final ByteBuffer bytes, final long position) throws IOException {
            request("read");
            return file.read(bytes, position);
        }

        @Override
        public long lengthBytes() throws IOException {
            request("length");
            return file.lengthBytes();
        }

        @Override
        public void sync() throws IOException {
            request("sync");
            file.sync();
        }

        @Override
        public MemorySegment map(final Arena arena) throws IOException {
            request("map");
            return file.map(arena);
        }

        @Override
        public void close() throws IOException {
            file.close();
            request("close");
        }
    }
}
