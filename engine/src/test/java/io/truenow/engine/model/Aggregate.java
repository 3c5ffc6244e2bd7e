package io.truenow.engine.model;

import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.format.partial.MetricScales;

import java.math.BigInteger;

/** Aggregates of one metric in one group, exactly: sums in units of the least double, squares in units of its square. */
public final class Aggregate {
    private static final int UNIT_BITS = 1_074;
    private static final int SQUARE_BITS = 2 * UNIT_BITS;
    /** Whole numbers up to this are those that JSON can tell. */
    private static final double MAX_WHOLE = 0x1p53;
    /** Squares are compared by this many bits more than the least one has. */
    private static final int GUARD_BITS = 64;

    /** Up to this, whole numbers of 2^23 rows are added as longs first, which takes less time. */
    private static final double MAX_SMALL = 1 << 20;

    long count;
    private long smallSum;
    private long smallMagnitude;
    private long smallSquares;
    private boolean isWhole = true;
    private BigInteger sum = BigInteger.ZERO;
    private BigInteger magnitude = BigInteger.ZERO;
    private BigInteger squares = BigInteger.ZERO;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;

    void add(final double value) {
        isWhole &= value == Math.rint(value) && Math.abs(value) <= MAX_WHOLE;
        count++;
        if (value == Math.rint(value) && Math.abs(value) <= MAX_SMALL) {
            final long small = (long) value;
            smallSum += small;
            smallMagnitude += Math.abs(small);
            smallSquares += small * small;
        } else {
            final BigInteger units = scaled(value, UNIT_BITS);
            sum = sum.add(units);
            magnitude = magnitude.add(units.abs());
            squares = squares.add(units.multiply(units));
        }
        min = Math.min(min, value);
        max = Math.max(max, value);
    }

    /**
     * Whether this is what was computed: the pair's sum exactly if all values are whole numbers up to 2^53, else within 2^-80 of the sum of
     * their sizes. (Pairs of up to 4 096 values of a block are within (4 096 * 2^-53)^2 = 2^-82 of it by Ogita, Rump and Oishi 2005,
     * proposition 4.5; each of at most 2^20 merges adds 2^-104.)
     *
     * @param wanted what of it counts, as the kernel calls it.
     * @param word   count and scales.
     */
    public boolean agrees(final int wanted, final long word, final double otherSum, final double compensation,
        final double otherMin, final double otherMax, final double m2) {
        final boolean hasExtremes = (wanted & BlockKernel.EXTREMES) != 0 && count > 0;
        if (count != MetricScales.count(word) || hasExtremes && (min != otherMin || max != otherMax)) {
            return false;
        }
        settle();
        if ((wanted & BlockKernel.MOMENTS) == 0 ? !Double.isNaN(m2) : !agrees(m2, MetricScales.squaresScale(word))) {
            return false;
        }
        if (!Double.isFinite(otherSum + compensation)) {
            return false;
        }
        final int bits = UNIT_BITS + (MetricScales.isSumScaled(word) ? 64 : 0);
        final BigInteger error = scaled(otherSum, bits).add(scaled(compensation, bits)).subtract(sum).abs();
        return isWhole ? error.signum() == 0 : error.compareTo(magnitude.shiftRight(80)) <= 0;
    }

    private void settle() {
        sum = sum.add(BigInteger.valueOf(smallSum).shiftLeft(UNIT_BITS));
        magnitude = magnitude.add(BigInteger.valueOf(smallMagnitude).shiftLeft(UNIT_BITS));
        squares = squares.add(BigInteger.valueOf(smallSquares).shiftLeft(SQUARE_BITS));
        smallSum = 0;
        smallMagnitude = 0;
        smallSquares = 0;
    }

    /**
     * Squares of rounded distances, added in any order, are off by count roundings at most; a mean that is off by 2^-80 of the mean size
     * adds its square for each value, and what distances of means are off by it, at most twice the root of both together.
     */
    private boolean agrees(final double m2, final int scale) {
        if (count == 0) {
            return m2 == 0;
        }
        if (!(m2 >= 0) || !Double.isFinite(m2)) {
            return false;
        }
        final BigInteger exact = squares.shiftLeft(GUARD_BITS)
            .subtract(sum.multiply(sum).shiftLeft(GUARD_BITS).divide(BigInteger.valueOf(count)));
        final BigInteger all = squares.shiftLeft(GUARD_BITS);
        final BigInteger error = scaled(m2, SQUARE_BITS + GUARD_BITS + 1_200 * scale).subtract(exact).abs();
        final BigInteger bound = exact.multiply(BigInteger.valueOf(count + 16)).shiftRight(50)
            .add(exact.multiply(all).sqrt().shiftRight(76)).add(all.shiftRight(152)).add(BigInteger.ONE.shiftLeft(GUARD_BITS));
        return error.compareTo(bound) <= 0;
    }

    /** A double times a power of two, cut to a whole number. */
    private static BigInteger scaled(final double value, final int bits) {
        final long raw = Double.doubleToRawLongBits(value);
        final int biased = (int) (raw >>> 52 & 0x7FF);
        final long digits = raw & (1L << 52) - 1 | (biased == 0 ? 0 : 1L << 52);
        final BigInteger whole = BigInteger.valueOf(raw < 0 ? -digits : digits);
        final int shift = Math.max(1, biased) - 1_075 + bits;
        return shift >= 0 ? whole.shiftLeft(shift) : whole.shiftRight(-shift);
    }

    @Override
    public String toString() {
        return count + " values, sum of sizes 2^" + (magnitude.bitLength() - UNIT_BITS) + ", " + min + " .. " + max;
    }
}
