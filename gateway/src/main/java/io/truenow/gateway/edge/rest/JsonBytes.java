package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** Writes text that is UTF-8 already as JSON strings. Stateless. */
final class JsonBytes {
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private JsonBytes() {
    }

    /** Writes the text in quotes. */
    static void writeString(final ByteBuf target, final byte[] bytes, final int offset, final int length) {
        target.writeByte('"');
        writeEscaped(target, bytes, offset, length);
        target.writeByte('"');
    }

    /** Writes the text, escaped. */
    static void writeEscaped(final ByteBuf target, final byte[] bytes, final int offset, final int length) {
        int written = offset;
        for (int i = offset; i < offset + length; i++) {
            final byte c = bytes[i];
            if (c >= 0 && c < ' ' || c == '"' || c == '\\') {
                target.writeBytes(bytes, written, i - written);
                written = i + 1;
                target.writeByte('\\');
                if (c < ' ') {
                    ByteBufUtil.writeAscii(target, "u00");
                    target.writeByte(HEX[c >> 4]).writeByte(HEX[c & 0xF]);
                } else {
                    target.writeByte(c);
                }
            }
        }
        target.writeBytes(bytes, written, offset + length - written);
    }

    /** The length, made shorter to {@code max} where it is more, and not within a character. */
    static int truncated(final byte[] bytes, final int offset, final int length, final int max) {
        int shorter = Math.min(length, max);
        while (shorter < length && shorter > 0 && (bytes[offset + shorter] & 0xC0) == 0x80) {
            shorter--;
        }
        return shorter;
    }
}
