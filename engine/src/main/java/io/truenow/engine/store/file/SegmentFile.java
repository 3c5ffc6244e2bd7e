package io.truenow.engine.store.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** An open file. One thread. */
public interface SegmentFile extends AutoCloseable {
    /** Writes all that remains of the bytes. */
    void write(ByteBuffer bytes, long position) throws IOException;

    /** Reads until the buffer or the file is full, respectively at its end; returns how many bytes. */
    int read(ByteBuffer bytes, long position) throws IOException;

    /** Length in bytes. */
    long lengthBytes() throws IOException;

    /** Returns when the content is on disk. */
    void sync() throws IOException;

    /** The whole file, read-only, until the arena is closed, however long this is open. */
    MemorySegment map(Arena arena) throws IOException;

    @Override
    void close() throws IOException;
}
