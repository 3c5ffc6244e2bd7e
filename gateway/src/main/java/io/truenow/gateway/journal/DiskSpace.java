package io.truenow.gateway.journal;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps the journal from filling its disk. A write into a mapped file for which there is no room is not an error code but a fault, so the
 * room is looked at beforehand: now and then, and after so many bytes that the reserve outlasts what is written in between. Owned by the
 * journal agent.
 */
final class DiskSpace {
    private static final long LOOK_INTERVAL_NS = 100_000_000L;

    private final Path directory;
    private final FileStore store;
    private final long reserveBytes;
    private final long lookAfterBytes;
    private long writtenBytes;
    private long nextLookNs;
    private boolean hasRoom;

    DiskSpace(final Path directory, final long reserveBytes) throws IOException {
        this.directory = directory;
        this.store = Files.getFileStore(directory);
        this.reserveBytes = reserveBytes;
        this.lookAfterBytes = reserveBytes / 4;
        this.writtenBytes = lookAfterBytes; // look at the first call
    }

    /** Whether so many more bytes may be written. */
    boolean admits(final int lengthBytes, final long nowNs) {
        writtenBytes += lengthBytes;
        if (writtenBytes >= lookAfterBytes || nowNs - nextLookNs >= 0) {
            writtenBytes = lengthBytes;
            nextLookNs = nowNs + LOOK_INTERVAL_NS;
            hasRoom = look();
        }
        return hasRoom;
    }

    private boolean look() {
        try {
            return Files.isDirectory(directory) && store.getUsableSpace() > reserveBytes;
        } catch (final IOException e) {
            return false;
        }
    }
}
