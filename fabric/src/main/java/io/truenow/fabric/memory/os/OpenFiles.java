package io.truenow.fabric.memory.os;

import com.sun.management.UnixOperatingSystemMXBean;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;

/** How many files this process has open and may have, sockets among them. Any thread. */
public final class OpenFiles {
    private static final int RLIMIT_NOFILE = 7;
    private static final long HARD_OFFSET = Long.BYTES;

    private OpenFiles() {
    }

    /** Raises the soft limit to the hard one, which the Java machine does by itself unless told otherwise. */
    public static void raiseLimit() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment limits = arena.allocate(2 * Long.BYTES, Long.BYTES);
            if (SystemCall.PRLIMIT64.invoke(0, RLIMIT_NOFILE, 0, limits.address()) == 0) {
                limits.set(ValueLayout.JAVA_LONG, 0, limits.get(ValueLayout.JAVA_LONG, HARD_OFFSET));
                SystemCall.PRLIMIT64.invoke(0, RLIMIT_NOFILE, limits.address(), 0);
            }
        }
    }

    /** How many there may be; {@link Long#MAX_VALUE} if there is no limit, or none is known. */
    public static long limit() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            final long limit = system.getMaxFileDescriptorCount();
            return limit < 0 ? Long.MAX_VALUE : limit;
        }
        return Long.MAX_VALUE;
    }

    /** How many there are, -1 if that is not known. */
    public static long count() {
        try {
            return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getOpenFileDescriptorCount() : -1;
        } catch (final InternalError e) {
            // counting takes one more, and there is none
            return limit();
        }
    }
}
