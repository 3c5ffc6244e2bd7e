package io.truenow.format.batch;

import org.agrona.DirectBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 128-bit hash by which an event's id is known: SipHash-2-4-128 with the table's key. Who does not know the key cannot make ids
 * collide. Belongs to one thread; the result stands in {@link #high()} and {@link #low()} until the next call, so that nothing is
 * allocated. {@code low} is the first eight bytes of the reference implementation's output, {@code high} the last eight, both
 * little-endian.
 */
public final class EventIdHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long INIT_0 = 0x736f6d6570736575L;
    private static final long INIT_1 = 0x646f72616e646f6dL ^ 0xee;
    private static final long INIT_2 = 0x6c7967656e657261L;
    private static final long INIT_3 = 0x7465646279746573L;

    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private long high;
    private long low;

    public EventIdHash(final long key0, final long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** A hash with the table's key. */
    public static EventIdHash of(final TableBinding binding) {
        return new EventIdHash(binding.hashKey0(), binding.hashKey1());
    }

    /** High half of the last result; its lowest bits choose the shard. */
    public long high() {
        return high;
    }

    /** Low half of the last result. */
    public long low() {
        return low;
    }

    /** Hashes bytes. */
    public void hash(final byte[] source, final int offset, final int length) {
        start();
        final int end = offset + length;
        int i = offset;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            absorb((long) LONGS.get(source, i));
        }
        long last = (long) length << 56;
        for (int shift = 0; i < end; i++, shift += 8) {
            last |= (source[i] & 0xffL) << shift;
        }
        finish(last);
    }

    /** Hashes bytes. */
    public void hash(final DirectBuffer source, final int offset, final int length) {
        start();
        final int end = offset + length;
        int i = offset;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            absorb(source.getLong(i, ByteOrder.LITTLE_ENDIAN));
        }
        long last = (long) length << 56;
        for (int shift = 0; i < end; i++, shift += 8) {
            last |= (source.getByte(i) & 0xffL) << shift;
        }
        finish(last);
    }

    private void start() {
        v0 = INIT_0 ^ key0;
        v1 = INIT_1 ^ key1;
        v2 = INIT_2 ^ key0;
        v3 = INIT_3 ^ key1;
    }

    private void absorb(final long word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }

    private void finish(final long last) {
        absorb(last);
        v2 ^= 0xee;
        rounds(4);
        low = v0 ^ v1 ^ v2 ^ v3;
        v1 ^= 0xdd;
        rounds(4);
        high = v0 ^ v1 ^ v2 ^ v3;
    }

    private void rounds(final int count) {
        long a = v0;
        long b = v1;
        long c = v2;
        long d = v3;
        for (int i = 0; i < count; i++) {
            a += b;
            b = Long.rotateLeft(b, 13) ^ a;
            a = Long.rotateLeft(a, 32);
            c += d;
            d = Long.rotateLeft(d, 16) ^ c;
            a += d;
            d = Long.rotateLeft(d, 21) ^ a;
            c += b;
            b = Long.rotateLeft(b, 17) ^ c;
            c = Long.rotateLeft(c, 32);
        }
        v0 = a;
        v1 = b;
        v2 = c;
        v3 = d;
    }
}
