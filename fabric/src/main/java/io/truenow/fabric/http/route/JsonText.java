package io.truenow.fabric.http.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** Writes JSON by hand where an object model would only make garbage: strings with their escapes, as UTF-8. Stateless. */
public final class JsonText {
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private JsonText() {
    }

    /** Writes the text in quotes, escaped; {@code null} for null. */
    public static void writeString(final ByteBuf target, final CharSequence text) {
        if (text == null) {
            ByteBufUtil.writeAscii(target, "null");
            return;
        }
        target.writeByte('"');
        final int length = text.length();
        int written = 0;
        for (int i = 0; i < length; i++) {
            final char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                ByteBufUtil.writeUtf8(target, text, written, i);
                writeEscape(target, c);
                written = i + 1;
            }
        }
        ByteBufUtil.writeUtf8(target, text, written, length);
        target.writeByte('"');
    }

    /** Writes decimal digits without making a string. */
    public static void writeLong(final ByteBuf target, final long value) {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                ByteBufUtil.writeAscii(target, "-9223372036854775808");
                return;
            }
            target.writeByte('-');
        }
        long rest = Math.abs(value);
        int digits = 1;
        for (long power = 10; digits < 19 && rest >= power; power *= 10) {
            digits++;
        }
        final int end = target.writerIndex() + digits;
        target.ensureWritable(digits).writerIndex(end);
        for (int index = end - 1; index >= end - digits; index--) {
            target.setByte(index, '0' + (int) (rest % 10));
            rest /= 10;
        }
    }

    private static void writeEscape(final ByteBuf target, final char c) {
        target.writeByte('\\');
        switch (c) {
            case '"', '\\' -> target.writeByte(c);
            case '\n' -> target.writeByte('n');
            case '\r' -> target.writeByte('r');
            case '\t' -> target.writeByte('t');
            default -> {
                ByteBufUtil.writeAscii(target, "u00");
                target.writeByte(HEX[c >> 4]).writeByte(HEX[c & 0xF]);
            }
        }
    }
}
