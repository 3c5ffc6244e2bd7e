package io.truenow.format.sketch;

import org.apache.datasketches.hll.HllSketch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * HyperLogLog's registers: the hash's lowest bits choose one, which keeps the greatest 1 + leading zeros of the other bits. Static, for
 * scans that keep the registers of many groups in one array.
 */
public final class HashRegisters {
    private static final int IMAGE_PREAMBLE_BYTES = 40;
    private static final byte[] IMAGE_HEAD = {10, 1, 7, 0, 0, 16, 0, 2 | 2 << 2};
    private static final int LARGE_VALUE = 32;

    private HashRegisters() {
    }

    /** Which of {@code 2^shift} registers a hash goes to. */
    public static int index(final long valueHash, final int shift) {
        return (int) valueHash & (1 << shift) - 1;
    }

    /** What the register becomes at least. */
    public static int value(final long valueHash, final int shift) {
        // the bit set ends the count where all bits are zero
        return Long.numberOfLeadingZeros(valueHash | 1L << shift - 1) + 1;
    }

    /** Greatest {@link #value}. */
    static int maxValue(final int shift) {
        return Long.SIZE - shift + 1;
    }

    /** Takes the greater of each two registers into the target. */
    public static void merge(final byte[] target, final int targetAt, final byte[] source, final int sourceAt, final int count) {
        for (int i = 0; i < count; i++) {
            target[targetAt + i] = (byte) Math.max(target[targetAt + i], source[sourceAt + i]);
        }
    }

    /** The registers as DataSketches' HLL_8 image, flagged as merged, so that it does not trust an order of arrival. */
    static HllSketch estimator(final byte[] registers, final int shift) {
        double smallValues = 0;
        double largeValues = 0;
        int zeros = 0;
        for (final byte register : registers) {
            if (register < LARGE_VALUE) {
                smallValues += 1.0 / (1L << register);
            } else {
                largeValues += 1.0 / (1L << register);
            }
            zeros += register == 0 ? 1 : 0;
        }
        final ByteBuffer image = ByteBuffer.allocate(IMAGE_PREAMBLE_BYTES + registers.length).order(ByteOrder.LITTLE_ENDIAN);
        image.put(IMAGE_HEAD);
        image.put(3, (byte) shift);
        image.putDouble(0.0);
        image.putDouble(smallValues);
        image.putDouble(largeValues);
        image.putInt(zeros);
        image.putInt(0);
        image.put(registers);
        return HllSketch.heapify(image.array());
    }
}
