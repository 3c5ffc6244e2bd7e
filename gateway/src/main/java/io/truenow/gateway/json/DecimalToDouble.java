package io.truenow.gateway.json;

import java.math.BigInteger;

/**
 * The double nearest to {@code digits * 10^exponent}, by one or two 64-bit multiplications with a truncated 128-bit power of five (D.
 * Lemire, "Number Parsing at a Gigabyte per Second", 2021). It says where that does not decide; subnormal and huge numbers are left to the
 * library. Stateless.
 */
final class DecimalToDouble {
    /** Not a result: ask the library. It is a NaN, which no number is. */
    static final long UNDECIDED = -1L;

    private static final int MIN_EXPONENT = -128;
    private static final int MAX_EXPONENT = 128;
    private static final int MANTISSA_BITS = 52;
    private static final int EXPONENT_BIAS = 1_023;
    /** Where the reciprocal of a power of five still divides exactly enough by the plain quotient. */
    private static final int LEAST_SHORT_RECIPROCAL = -27;
    private static final long[] HIGH = new long[MAX_EXPONENT - MIN_EXPONENT + 1];
    private static final long[] LOW = new long[MAX_EXPONENT - MIN_EXPONENT + 1];

    static {
        for (int exponent = MIN_EXPONENT; exponent <= MAX_EXPONENT; exponent++) {
            final BigInteger power = powerOfFive(exponent);
            HIGH[exponent - MIN_EXPONENT] = power.shiftRight(Long.SIZE).longValue();
            LOW[exponent - MIN_EXPONENT] = power.longValue();
        }
    }

    private DecimalToDouble() {
    }

    /**
     * Computes the bits.
     *
     * @param digits unsigned, not 0, exact.
     * @return bits of the positive double, or {@link #UNDECIDED}.
     */
    static long bits(final long digits, final int exponent) {
        if (exponent < MIN_EXPONENT || exponent > MAX_EXPONENT) {
            return UNDECIDED;
        }
        final int leadingZeros = Long.numberOfLeadingZeros(digits);
        final long normalized = digits << leadingZeros;
        final int index = exponent - MIN_EXPONENT;
        long high = Math.unsignedMultiplyHigh(normalized, HIGH[index]);
        long low = normalized * HIGH[index];
        if ((high & 0x1FF) == 0x1FF) {
            // The bits behind the mantissa are all ones: what was cut off may carry into it.
            final long carry = Math.unsignedMultiplyHigh(normalized, LOW[index]);
            low += carry;
            if (Long.compareUnsigned(low, carry) < 0) {
                high++;
            }
        }
        if (low == -1L && (exponent < LEAST_SHORT_RECIPROCAL || exponent > 55)) {
            return UNDECIDED;
        }
        final int upperBit = (int) (high >>> 63);
        final int shift = upperBit + Long.SIZE - MANTISSA_BITS - 3;
        long mantissa = high >>> shift;
        // floor(exponent * log2(10)) + 63
        int binaryExponent = ((152_170 + 65_536) * exponent >> 16) + 63 + upperBit - leadingZeros + EXPONENT_BIAS;
        if (binaryExponent <= 0) {
            return UNDECIDED;
        }
        if (Long.compareUnsigned(low, 1) <= 0 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) {
            // Exactly between two doubles: to the even one.
            mantissa &= ~1L;
        }
        mantissa = mantissa + (mantissa & 1) >>> 1;
        if (mantissa >= 2L << MANTISSA_BITS) {
            mantissa = 1L << MANTISSA_BITS;
            binaryExponent++;
        }
        if (binaryExponent > 2 * EXPONENT_BIAS) {
            return UNDECIDED;
        }
        return (long) binaryExponent << MANTISSA_BITS | mantissa & ~(1L << MANTISSA_BITS);
    }

    /** The power's first 128 bits: truncated, and for reciprocals rounded up before. */
    private static BigInteger powerOfFive(final int exponent) {
        BigInteger power = BigInteger.valueOf(5).pow(Math.abs(exponent));
        if (exponent < 0) {
            final int bits = power.subtract(BigInteger.ONE).bitLength();
            final int scale = exponent >= LEAST_SHORT_RECIPROCAL ? bits + 127 : 2 * bits + 128;
            power = BigInteger.ONE.shiftLeft(scale).divide(power).add(BigInteger.ONE);
        }
        return power.shiftRight(power.bitLength() - 128);
    }
}
