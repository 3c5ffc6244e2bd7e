package io.truenow.hottier.sealed;

import io.truenow.hottier.file.DiskFiles;
import io.truenow.hottier.file.SegmentFile;
import io.truenow.hottier.file.SegmentFiles;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntPredicate;

/** The file system, of whose requests some fail. A write that fails has written half. */
public final class FailingFiles implements SegmentFiles {
    private final IntPredicate failing;
    private int requests;
    private int failures;

    /** Fails the request of that number, counted from 0, and perhaps all later ones. */
    public FailingFiles(final int firstFailure, final boolean isLasting) {
        this(request -> request == firstFailure || isLasting && request > firstFailure);
    }

    /** Fails requests by their number, counted from 0. */
    public FailingFiles(final IntPredicate failing) {
        this.failing = failing;
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
    public SegmentFile reopen(final Path file) throws IOException {
        request("reopen");
        return new FailingFile(DiskFiles.INSTANCE.reopen(file));
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
        final boolean fails = failing.test(requests++);
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
