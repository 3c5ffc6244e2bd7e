package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.file.SegmentFiles;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.IntPredicate;

/** The file system, of whose requests some fail. A write that fails has written half. */
public final class FailingFiles implements SegmentFiles {
    private final BiPredicate<Integer, Path> failing;
    private int requests;
    private int failures;

    /** Fails the request of that number, counted from 0, and perhaps all later ones. */
    public FailingFiles(final int firstFailure, final boolean isLasting) {
        this(request -> request == firstFailure || isLasting && request > firstFailure);
    }

    /** Fails requests by their number, counted from 0. */
    public FailingFiles(final IntPredicate failing) {
        this((request, _) -> failing.test(request));
    }

    /** Fails requests by their number, counted from 0, and the file or directory that they are about. */
    public FailingFiles(final BiPredicate<Integer, Path> failing) {
        this.failing = failing;
    }

    /** Requests made, whether they failed or not. */
    public int requests() {
        return requests;
    }

    /** Requests that failed. */
    public int failures() {
        return failures;
    }

    @Override
    public SegmentFile create(final Path file) throws IOException {
        request("create", file);
        return new FailingFile(file, DiskFiles.INSTANCE.create(file));
    }

    @Override
    public SegmentFile open(final Path file) throws IOException {
        request("open", file);
        return new FailingFile(file, DiskFiles.INSTANCE.open(file));
    }

    @Override
    public SegmentFile reopen(final Path file) throws IOException {
        request("reopen", file);
        return new FailingFile(file, DiskFiles.INSTANCE.reopen(file));
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException {
        request("rename", to);
        DiskFiles.INSTANCE.rename(from, to);
    }

    @Override
    public void delete(final Path file) throws IOException {
        request("delete", file);
        DiskFiles.INSTANCE.delete(file);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException {
        request("list", directory);
        return DiskFiles.INSTANCE.list(directory);
    }

    @Override
    public void createDirectories(final Path directory) throws IOException {
        request("create directories", directory);
        DiskFiles.INSTANCE.createDirectories(directory);
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException {
        request("sync directory", directory);
        DiskFiles.INSTANCE.syncDirectory(directory);
    }

    private boolean fails(final Path path) {
        final boolean fails = failing.test(requests++, path);
        failures += fails ? 1 : 0;
        return fails;
    }

    private void request(final String what, final Path path) throws IOException {
        if (fails(path)) {
            throw new IOException(what + " failed as asked");
        }
    }

    private final class FailingFile implements SegmentFile {
        private final Path path;
        private final SegmentFile file;

        FailingFile(final Path path, final SegmentFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public void write(final ByteBuffer bytes, final long position) throws IOException {
            if (fails(path)) {
                bytes.limit(bytes.position() + bytes.remaining() / 2);
                file.write(bytes, position);
                throw new IOException("write failed as asked");
            }
            file.write(bytes, position);
        }

        @Override
        public int read(final ByteBuffer bytes, final long position) throws IOException {
            request("read", path);
            return file.read(bytes, position);
        }

        @Override
        public long lengthBytes() throws IOException {
            request("length", path);
            return file.lengthBytes();
        }

        @Override
        public void sync() throws IOException {
            request("sync", path);
            file.sync();
        }

        @Override
        public MemorySegment map(final Arena arena) throws IOException {
            request("map", path);
            return file.map(arena);
        }

        @Override
        public void close() throws IOException {
            file.close();
            request("close", path);
        }
    }
}
