package io.truenow.query.answer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.truenow.query.merge.MergeTable;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** Writes JSON's atoms straight into a buffer. */
final class JsonBytes {
    static final byte[] NULL = ascii("null");
    /** Whole numbers below this are exact in a double and are written without a fraction. */
    private static final double EXACT_WHOLE = 0x1p53;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private JsonBytes() {
    }

    static void raw(final ByteBuf out, final byte[] bytes) {
        out.writeBytes(bytes);
    }

    static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The bytes of a UTF-8 text, escaped, without quotes. */
    static void escaped(final ByteBuf out, final byte[] bytes, final int start, final int end) {
        int plain = start;
        for (int i = start; i < end; i++) {
            final byte b = bytes[i];
            if (b >= 0 && b < 0x20 || b == '"' || b == '\\') {
                out.writeBytes(bytes, plain, i - plain);
                plain = i + 1;
                out.writeByte('\\');
                switch (b) {
                    case '"', '\\' -> out.writeByte(b);
                    case '\n' -> out.writeByte('n');
                    case '\r' -> out.writeByte('r');
                    case '\t' -> out.writeByte('t');
                    default -> {
                        out.writeByte('u').writeByte('0').writeByte('0');
                        out.writeByte(HEX[b >>> 4]).writeByte(HEX[b & 15]);
                    }
                }
            }
        }
        out.writeBytes(bytes, plain, end - plain);
    }

    static void number(final ByteBuf out, final long value) {
        if (value == Long.MIN_VALUE) {
            ByteBufUtil.writeAscii(out, "-9223372036854775808");
            return;
        }
        long rest = value;
        if (rest < 0) {
            out.writeByte('-');
            rest = -rest;
        }
        int digits = 1;
        for (long bound = 10; digits < 19 && rest >= bound; bound *= 10) {
            digits++;
        }
        final int start = out.writerIndex();
        out.ensureWritable(digits);
        for (int i = digits - 1; i >= 0; i--) {
            out.setByte(start + i, (int) ('0' + rest % 10));
            rest /= 10;
        }
        out.writerIndex(start + digits);
    }

    /** A number that is exactly two doubles together, all digits where it is whole and known to be exact; else its first double. */
    static void exact(final ByteBuf out, final double value, final double rest) {
        if (value == Math.rint(value) && Math.abs(value) >= EXACT_WHOLE && Math.abs(value) < MergeTable.MAX_EXACT_SUM) {
            ByteBufUtil.writeAscii(out, new BigDecimal(value).add(new BigDecimal(rest)).toPlainString());
        } else {
            number(out, value);
        }
    }

    /** A finite double in its shortest form that reads back the same; whole numbers below 2^53 without a fraction; else null. */
    static void number(final ByteBuf out, final double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            out.writeBytes(NULL);
        } else if (value == Math.rint(value) && Math.abs(value) < EXACT_WHOLE) {
            number(out, (long) value);
        } else {
            ByteBufUtil.writeAscii(out, Double.toString(value));
        }
    }
}
