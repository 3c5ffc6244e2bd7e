package io.truenow.fabric.memory.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How long a thread runs at a stretch where others want its processor. Shorter slices give no more and no less of a processor, but sooner:
 * a thread that wakes comes before those with longer slices (Linux 6.12 and later).
 */
public final class ThreadSlice {
    /** {@code struct sched_attr} in its first version: size, policy, flags, niceness, priority, runtime, deadline, period. */
    private static final int ATTRIBUTES_BYTES = 48;
    private static final int POLICY_OFFSET = 4;
    private static final int RUNTIME_OFFSET = 24;

    private ThreadSlice() {
    }

    /**
     * Gives the calling thread slices of so long; the kernel takes 0.1 to 100 ms.
     *
     * @return null if granted, else a few words why not; then the thread runs as before.
     */
    public static String set(final long nanoseconds) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
            long result = get(attributes);
            if (result >= 0 && attributes.get(ValueLayout.JAVA_INT, POLICY_OFFSET) != 0) {
                return "the thread is of a class of its own";
            }
            if (result >= 0) {
                attributes.set(ValueLayout.JAVA_INT, 0, ATTRIBUTES_BYTES);
                attributes.set(ValueLayout.JAVA_LONG, RUNTIME_OFFSET, nanoseconds);
                result = SystemCall.SCHED_SETATTR.invoke(0, attributes.address(), 0);
            }
            if (result >= 0) {
                // kernels that know no slices of threads pass over them
                result = get(attributes);
            }
            if (result < 0) {
                return ErrorNumbers.text(-result);
            }
            return attributes.get(ValueLayout.JAVA_LONG, RUNTIME_OFFSET) == nanoseconds
                ? null : ErrorNumbers.text(ErrorNumbers.NOT_IMPLEMENTED);
        }
    }

    private static long get(final MemorySegment attributes) {
        return SystemCall.SCHED_GETATTR.invoke(0, attributes.address(), ATTRIBUTES_BYTES, 0);
    }
}
