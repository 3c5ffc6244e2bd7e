package io.truenow.engine.store.sealed;

import io.truenow.fabric.memory.NativeMemory;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The values of a dimension as a mapped segment has them: int32 end of each value, in bytes from the values' start, for codes 0 (empty) ..
 * n; zeros up to a multiple of 64; the values. Never changes; any thread.
 */
public final class SealedDictionary {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final long ends;
    private final int size;
    private final long values;

    SealedDictionary(final Section section, final long baseAddress) {
        this.ends = baseAddress + section.offset();
        this.size = section.width();
        this.values = ends + SegmentHeader.padded((size + 1L) * Integer.BYTES);
    }

    /** Values; their codes are 1 .. this. */
    public int size() {
        return size;
    }

    /** Bytes of a value. */
    public int length(final int code) {
        return MEMORY.get(INT, ends + (long) code * Integer.BYTES) - MEMORY.get(INT, ends + (code - 1L) * Integer.BYTES);
    }

    /** Lays a buffer over a value. */
    public void wrap(final int code, final UnsafeBuffer buffer) {
        buffer.wrap(values + MEMORY.get(INT, ends + (code - 1L) * Integer.BYTES), length(code));
    }
}
