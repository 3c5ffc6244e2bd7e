package io.truenow.hottier.lane;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.file.SegmentFiles;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The file system, of which a test can say that it is full. */
final class SwitchedDisk implements SegmentFiles {
    boolean isFull;

    @Override
    public SegmentFile create(final Path file) throws IOException {
        if (isFull) {
            throw new IOException("no space left on device");
        }
        return DiskFiles.INSTANCE.create(file);
    }

    @Override
    public SegmentFile open(final Path file) throws IOException {
        return DiskFiles.INSTANCE.open(file);
    }

    @Override
    public SegmentFile reopen(final Path file) throws IOException {
        return DiskFiles.INSTANCE.reopen(file);
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException {
        DiskFiles.INSTANCE.rename(from, to);
    }

    @Override
    public void delete(final Path file) throws IOException {
        DiskFiles.INSTANCE.delete(file);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException {
        return DiskFiles.INSTANCE.list(directory);
    }

    @Override
    public void createDirectories(final Path directory) throws IOException {
        DiskFiles.INSTANCE.createDirectories(directory);
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException {
        DiskFiles.INSTANCE.syncDirectory(directory);
    }
}
