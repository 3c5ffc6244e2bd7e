package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.SegmentFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A file's content that was read, to be damaged and read again. */
final class BytesFile implements SegmentFile {
    private final byte[] bytes;
    private final int lengthBytes;

    BytesFile(final byte[] bytes, final int lengthBytes) {
        this.bytes = bytes;
        this.lengthBytes = lengthBytes;
    }

    @Override
    public void write(final ByteBuffer source, final long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(final ByteBuffer target, final long position) {
        final int count = Math.clamp(lengthBytes - position, 0, target.remaining());
        target.put(bytes, (int) Math.min(position, lengthBytes), count);
        return count;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public void sync() {
        throw new UnsupportedOperationException();
    }

    @Override
    public MemorySegment map(final Arena arena) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        // nothing is open
    }
}
