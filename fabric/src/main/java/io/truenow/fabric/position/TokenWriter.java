package io.truenow.fabric.position;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes the text form of a {@link Token} again and again without making one. One thread. Of several positions of a gateway incarnation in
 * a shard only the last is kept: it includes the others.
 */
public final class TokenWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final byte[] DIGITS = {
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
        'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '_'};
    private static final int INCARNATION = 2 * Integer.BYTES;
    private static final int SEQUENCE = INCARNATION + Long.BYTES;

    private byte[] bytes = new byte[Token.HEADER_BYTES + 8 * Token.POSITION_BYTES];
    private byte[] text = new byte[0];
    private int length;

    /** Begins a token. */
    public TokenWriter start(final long catalogVersion) {
        bytes[0] = Token.FORMAT;
        LONG.set(bytes, 1, catalogVersion);
        length = Token.HEADER_BYTES;
        return this;
    }

    /** Adds a position. */
    public TokenWriter add(final int shardId, final int gatewayId, final long incarnation, final long sequence) {
        int at = Token.HEADER_BYTES;
        while (at < length && !((int) INT.get(bytes, at) == shardId && (int) INT.get(bytes, at + Integer.BYTES) == gatewayId
            && (long) LONG.get(bytes, at + INCARNATION) == incarnation)) {
            at += Token.POSITION_BYTES;
        }
        if (at < length) {
            LONG.set(bytes, at + SEQUENCE, Math.max(sequence, (long) LONG.get(bytes, at + SEQUENCE)));
            return this;
        }
        if (bytes.length < length + Token.POSITION_BYTES) {
            bytes = Arrays.copyOf(bytes, bytes.length * 2);
        }
        INT.set(bytes, at, shardId);
        INT.set(bytes, at + Integer.BYTES, gatewayId);
        LONG.set(bytes, at + INCARNATION, incarnation);
        LONG.set(bytes, at + SEQUENCE, sequence);
        length += Token.POSITION_BYTES;
        return this;
    }

    /** Encodes what was added; returns the length of {@link #text()}. */
    public int finish() {
        final int textLength = (length * 8 + 5) / 6;
        if (text.length < textLength + 3) {
            text = new byte[textLength + 3 + textLength / 2];
        }
        int to = 0;
        for (int at = 0; at < length; at += 3) {
            final int second = at + 1 < length ? bytes[at + 1] & 0xFF : 0;
            final int third = at + 2 < length ? bytes[at + 2] & 0xFF : 0;
            final int bits = (bytes[at] & 0xFF) << 16 | second << 8 | third;
            text[to++] = DIGITS[bits >> 18];
            text[to++] = DIGITS[bits >> 12 & 0x3F];
            text[to++] = DIGITS[bits >> 6 & 0x3F];
            text[to++] = DIGITS[bits & 0x3F];
        }
        return textLength;
    }

    /** ASCII; valid until the next {@link #finish}. */
    public byte[] text() {
        return text;
    }
}
