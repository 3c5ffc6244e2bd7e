package io.truenow.engine.store.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Everything that sealing and recovery ask of the file system, so that tests can make any single request fail. Any thread. */
public interface SegmentFiles {
    /** Makes a file anew, empty, to write and to read. */
    SegmentFile create(Path file) throws IOException;

    /** Opens a file to read. */
    SegmentFile open(Path file) throws IOException;

    /** Opens a file that is there to write in place. */
    SegmentFile reopen(Path file) throws IOException;

    /** Puts a file in another's place, at once. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file, if it is there. */
    void delete(Path file) throws IOException;

    /** What is in a directory, by name; nothing if it is not there. */
    List<Path> list(Path directory) throws IOException;

    /** Makes a directory and those above it; each new one is on disk in its parent. */
    void createDirectories(Path directory) throws IOException;

    /** Returns when the names in a directory are on disk. */
    void syncDirectory(Path directory) throws IOException;
}
