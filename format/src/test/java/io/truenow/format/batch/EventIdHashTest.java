package io.truenow.format.batch;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class EventIdHashTest {
    /** Of the reference implementation (key 00..0f, message 00, 01, ..): outputs for lengths 0 .. 8 and 63. */
    private static final int[] LENGTHS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 63};
    private static final String[] OUTPUTS = {
        "a3817f04ba25a8e66df67214c7550293",
        "da87c1d86b99af44347659119b22fc45",
        "8177228da4a45dc7fca38bdef60affe4",
        "9c70b60c5267a94e5f33b6b02985ed51",
        "f88164c12d9c8faf7d0f6e7c7bcd5579",
        "1368875980776f8854527a07690e9627",
        "14eeca338b208613485ea0308fd7a15e",
        "a1f1ebbed8dbc153c0b84aa61ff08239",
        "3b62a9ba6258f5610f83e264f31497b4",
        "5150d1772f50834a503e069a973fbd7c",
    };

    @Test
    void givesTheReferenceVectors() {
        final byte[] key = bytes(16);
        final ByteBuffer keys = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        final EventIdHash hash = new EventIdHash(keys.getLong(), keys.getLong());
        for (int i = 0; i < LENGTHS.length; i++) {
            final byte[] message = bytes(LENGTHS[i]);
            hash.hash(message, 0, message.length);
            assertArrayEquals(HexFormat.of().parseHex(OUTPUTS[i]), output(hash), "length " + LENGTHS[i]);
        }
    }

    @Test
    void givesTheSameOverArraysAndBuffersAtAnyOffset() {
        final EventIdHash hash = new EventIdHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(128));
        for (int length = 0; length < 64; length++) {
            final byte[] message = bytes(length);
            hash.hash(message, 0, length);
            final byte[] expected = output(hash);
            for (int offset = 0; offset < 9; offset++) {
                final byte[] shifted = new byte[offset + length + 3];
                Arrays.fill(shifted, (byte) -1);
                System.arraycopy(message, 0, shifted, offset, length);
                hash.hash(shifted, offset, length);
                assertArrayEquals(expected, output(hash));
                direct.putBytes(0, shifted);
                hash.hash(direct, offset, length);
                assertArrayEquals(expected, output(hash));
            }
        }
        assertEquals(16, output(hash).length);
    }

    private static byte[] bytes(final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private static byte[] output(final EventIdHash hash) {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(hash.low()).putLong(hash.high()).array();
    }
}
