package io.truenow.engine.store.sealed.write;

import io.truenow.fabric.memory.MemoryTag;

import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * Off-heap memory for one writer: it grows to what the largest segment needed, is reserved at the accountant and let go by {@link #trim}
 * and {@link #close}. One thread.
 */
final class Scratch implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long STEP_BYTES = 1L << 20;

    private final MemoryTag tag;
    private Arena arena;
    private long address;
    private long lengthBytes;

    Scratch(final MemoryTag tag) {
        this.tag = tag;
    }

    /**
     * Memory of at least so many bytes, aligned to 64; what was there is lost if it had to grow.
     *
     * @throws IOException if the operating system does not grant that much; nothing is held then.
     */
    long address(final long neededBytes) throws IOException {
        if (neededBytes > lengthBytes) {
            final long wanted = (neededBytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
            trim(0);
            // even beyond the limit: sealing is what gives memory back
            tag.reserve(wanted);
            final Arena fresh = Arena.ofShared();
            try {
                address = fresh.allocate(wanted, ALIGNMENT).address();
            } catch (final OutOfMemoryError e) {
                fresh.close();
                tag.release(wanted);
                throw new IOException("no memory is left to sort a segment's rows", e);
            }
            arena = fresh;
            lengthBytes = wanted;
        }
        return address;
    }

    /** Bytes held. */
    long lengthBytes() {
        return lengthBytes;
    }

    /** Lets the memory go if it is more than this. */
    void trim(final long keptBytes) {
        if (lengthBytes > keptBytes) {
            arena.close();
            tag.release(lengthBytes);
            lengthBytes = 0;
        }
    }

    @Override
    public void close() {
        trim(0);
    }
}
