package io.truenow.gateway.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The last number scanned: up to 19 significant digits as an unsigned integer, and a decimal exponent. One thread.
 */
final class JsonNumber {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final double[] POWERS_OF_TEN = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    private static final int MAX_EXACT_POWER = POWERS_OF_TEN.length - 1;
    private static final long MAX_EXACT_INTEGER = 1L << 53;
    private static final int DOUBLE_BITS = 53;
    private static final int MAX_DIGITS = 19;
    private static final int EXPONENT_CLAMP = 100_000_000;

    private boolean negative;
    private boolean integer;
    private long digits;
    private int digitCount;
    private int exponent;

    /** Reads the number at {@code from} by JSON's grammar; returns the offset behind it. */
    int scan(final JsonReader reader, final byte[] bytes, final int from) {
        int at = from;
        negative = bytes[at] == '-';
        if (negative) {
            at++;
        }
        digits = 0;
        digitCount = 0;
        exponent = 0;
        if (bytes[at] == '0') {
            at++;
            if (isDigit(bytes[at])) {
                throw reader.error(at, "a number must not begin with 0");
            }
        } else if (isDigit(bytes[at])) {
            at = scanDigits(bytes, at);
        } else {
            throw reader.unexpected(at, negative ? "a digit" : "a number");
        }
        integer = true;
        if (bytes[at] == '.') {
            integer = false;
            at++;
            if (!isDigit(bytes[at])) {
                throw reader.unexpected(at, "a digit behind the point");
            }
            final int begin = at;
            at = scanDigits(bytes, at);
            exponent -= at - begin;
        }
        if ((bytes[at] | 0x20) == 'e') {
            integer = false;
            at = scanExponent(reader, bytes, at + 1);
        }
        return at;
    }

    private int scanDigits(final byte[] bytes, final int from) {
        int at = from;
        long value = digits;
        int count = digitCount;
        while (count <= MAX_DIGITS - Long.BYTES) {
            final long word = (long) LONG.get(bytes, at);
            if (!isEightDigits(word)) {
                break;
            }
            value = value * 100_000_000L + eightDigits(word);
            count = value == 0 ? 0 : count + Long.BYTES;
            at += Long.BYTES;
        }
        for (byte next = bytes[at]; isDigit(next); next = bytes[++at]) {
            if (count < MAX_DIGITS) {
                value = value * 10 + (next - '0');
            }
            // Leading zeros are not significant.
            if (value != 0) {
                count++;
            }
        }
        digits = value;
        digitCount = count;
        return at;
    }

    private int scanExponent(final JsonReader reader, final byte[] bytes, final int from) {
        int at = from;
        final boolean down = bytes[at] == '-';
        if (down || bytes[at] == '+') {
            at++;
        }
        if (!isDigit(bytes[at])) {
            throw reader.unexpected(at, "a digit of the exponent");
        }
        int value = 0;
        for (; isDigit(bytes[at]); at++) {
            value = Math.min(EXPONENT_CLAMP, value * 10 + (bytes[at] - '0'));
        }
        exponent += down ? -value : value;
        return at;
    }

    boolean isInteger() {
        return integer;
    }

    boolean isLong() {
        return integer && digitCount <= MAX_DIGITS && (digits >= 0 || negative && digits == Long.MIN_VALUE);
    }

    long longValue() {
        return negative ? -digits : digits;
    }

    /** Whether it is a whole number without fraction or exponent that is not just the double nearest to it, which is finite. */
    boolean isInexactInteger(final byte[] bytes, final int offset, final int length, final double nearest) {
        if (!integer || digitCount <= MAX_DIGITS && digits >= 0 && digits <= MAX_EXACT_INTEGER) {
            return false;
        }
        if (digitCount <= MAX_DIGITS) {
            return Long.SIZE - Long.numberOfLeadingZeros(digits) - Long.numberOfTrailingZeros(digits) > DOUBLE_BITS;
        }
        // at most 309 digits, or the double would be infinite
        final String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        return new BigDecimal(text).compareTo(new BigDecimal(nearest)) != 0;
    }

    double doubleValue(final byte[] bytes, final int offset, final int length) {
        if (digitCount <= MAX_DIGITS) {
            if (digits >= 0 && digits <= MAX_EXACT_INTEGER && exponent >= -MAX_EXACT_POWER && exponent <= MAX_EXACT_POWER) {
                // Both operands exact, one correctly rounded operation (Clinger).
                final double magnitude = exponent < 0 ? digits / POWERS_OF_TEN[-exponent] : digits * POWERS_OF_TEN[exponent];
                return negative ? -magnitude : magnitude;
            }
            final long bits = digits == 0 ? 0 : DecimalToDouble.bits(digits, exponent);
            if (bits != DecimalToDouble.UNDECIDED) {
                return Double.longBitsToDouble(negative ? bits | Long.MIN_VALUE : bits);
            }
        }
        return Double.parseDouble(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
    }

    private static boolean isDigit(final byte value) {
        return value >= '0' && value <= '9';
    }

    private static boolean isEightDigits(final long word) {
        return (word & 0xF0F0_F0F0_F0F0_F0F0L) == 0x3030_3030_3030_3030L
            && (word + 0x0606_0606_0606_0606L & 0xF0F0_F0F0_F0F0_F0F0L) == 0x3030_3030_3030_3030L;
    }

    private static long eightDigits(final long word) {
        // Pairs, then fours, then all eight, the first digit lying in the lowest byte.
        final long pairs = (word - 0x3030_3030_3030_3030L) * 10 + (word - 0x3030_3030_3030_3030L >>> 8) & 0x00FF_00FF_00FF_00FFL;
        final long fours = pairs * 100 + (pairs >>> 16) & 0x0000_FFFF_0000_FFFFL;
        return fours * 10_000 + (fours >>> 32) & 0xFFFF_FFFFL;
    }
}
