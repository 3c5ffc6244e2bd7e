package io.truenow.format.sketch;

import org.agrona.DirectBuffer;
import org.apache.datasketches.hash.XxHash64;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * The 64-bit hash by which sketches know a dimension's value: XXH64 of its bytes with seed 0, the same on every lane and in every process,
 * today and tomorrow. Whoever chooses values can make them collide, which spoils estimates of counts and nothing else. Any thread.
 */
public final class ValueHash {
    private static final long PRIME_1 = 0x9E37_79B1_85EB_CA87L;
    private static final long PRIME_2 = 0xC2B2_AE3D_27D4_EB4FL;
    private static final long PRIME_3 = 0x1656_67B1_9E37_79F9L;
    private static final long PRIME_4 = 0x85EB_CA77_C2B2_AE63L;
    private static final long PRIME_5 = 0x27D4_EB2F_1656_67C5L;
    private static final int STRIPE_BYTES = 32;

    private ValueHash() {
    }

    /** Of bytes in memory of any kind. */
    public static long of(final MemorySegment memory, final long offset, final int length) {
        return XxHash64.hash(memory, offset, length, 0);
    }

    /** Of bytes in a buffer. */
    public static long of(final DirectBuffer buffer, final int offset, final int length) {
        int at = offset;
        final int end = offset + length;
        long hash;
        if (length >= STRIPE_BYTES) {
            long lane1 = PRIME_1 + PRIME_2;
            long lane2 = PRIME_2;
            long lane3 = 0;
            long lane4 = -PRIME_1;
            for (; at + STRIPE_BYTES <= end; at += STRIPE_BYTES) {
                lane1 = round(lane1, word(buffer, at));
                lane2 = round(lane2, word(buffer, at + 8));
                lane3 = round(lane3, word(buffer, at + 16));
                lane4 = round(lane4, word(buffer, at + 24));
            }
            hash = Long.rotateLeft(lane1, 1) + Long.rotateLeft(lane2, 7) + Long.rotateLeft(lane3, 12) + Long.rotateLeft(lane4, 18);
            hash = join(join(join(join(hash, lane1), lane2), lane3), lane4);
        } else {
            hash = PRIME_5;
        }
        hash += length;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            hash = Long.rotateLeft(hash ^ round(0, word(buffer, at)), 27) * PRIME_1 + PRIME_4;
        }
        if (at + Integer.BYTES <= end) {
            final long half = buffer.getInt(at, ByteOrder.LITTLE_ENDIAN) & 0xFFFF_FFFFL;
            hash = Long.rotateLeft(hash ^ half * PRIME_1, 23) * PRIME_2 + PRIME_3;
            at += Integer.BYTES;
        }
        for (; at < end; at++) {
            hash = Long.rotateLeft(hash ^ (buffer.getByte(at) & 0xFF) * PRIME_5, 11) * PRIME_1;
        }
        hash = (hash ^ hash >>> 33) * PRIME_2;
        hash = (hash ^ hash >>> 29) * PRIME_3;
        return hash ^ hash >>> 32;
    }

    private static long word(final DirectBuffer buffer, final int at) {
        return buffer.getLong(at, ByteOrder.LITTLE_ENDIAN);
    }

    private static long round(final long lane, final long word) {
        return Long.rotateLeft(lane + word * PRIME_2, 31) * PRIME_1;
    }

    private static long join(final long hash, final long lane) {
        return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
    }
}
