package io.truenow.fabric.memory.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.BitSet;

/** Binds threads to processors. */
public final class ThreadPinning {
    /** Processors that a mask can name. */
    public static final int MAX_PROCESSORS = 1_024;

    private static final int MASK_BYTES = MAX_PROCESSORS / Byte.SIZE;

    private ThreadPinning() {
    }

    /**
     * Lets the calling thread run on these processors only.
     *
     * @return null if granted, else a few words why not; then the thread runs as before.
     */
    public static String pin(final BitSet processors) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            MemorySegment.copy(processors.toLongArray(), 0, mask, ValueLayout.JAVA_LONG, 0, processors.toLongArray().length);
            final long result = SystemCall.SCHED_SETAFFINITY.invoke(0, MASK_BYTES, mask.address());
            return result < 0 ? ErrorNumbers.text(-result) : null;
        }
    }

    /** Processors that the calling thread may run on; empty if the machine does not tell. */
    public static BitSet processors() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            final long bytes = SystemCall.SCHED_GETAFFINITY.invoke(0, MASK_BYTES, mask.address());
            return bytes < 0 ? new BitSet() : BitSet.valueOf(mask.asByteBuffer().order(ByteOrder.nativeOrder()));
        }
    }
}
