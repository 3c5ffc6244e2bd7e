package io.truenow.gateway.ingest;

import org.agrona.DirectBuffer;

/** Whether bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF. Stateless. */
public final class Utf8Check {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private Utf8Check() {
    }

    public static boolean isUtf8(final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + length;
        int i = offset;
        while (i < end) {
            if (end - i >= Long.BYTES && (buffer.getLong(i) & HIGH_BITS) == 0) {
                i += Long.BYTES;
            } else {
                final int size = characterBytes(buffer, i, end);
                if (size == 0) {
                    return false;
                }
                i += size;
            }
        }
        return true;
    }

    private static int characterBytes(final DirectBuffer buffer, final int index, final int end) {
        final int first = buffer.getByte(index) & 0xff;
        if (first < 0x80) {
            return 1;
        }
        final int size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (size == 0 || end - index < size) {
            return 0;
        }
        final int second = buffer.getByte(index + 1) & 0xff;
        final int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        final int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) {
            return 0;
        }
        for (int i = 2; i < size; i++) {
            if ((buffer.getByte(index + i) & 0xc0) != 0x80) {
                return 0;
            }
        }
        return size;
    }
}
