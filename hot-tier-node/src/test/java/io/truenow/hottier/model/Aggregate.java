package io.truenow.hottier.model;

import io.truenow.hottier.kernel.BlockKernel;

import java.math.BigDecimal;
import java.math.MathContext;

/** Aggregates of one metric in one group, exactly. */
public final class Aggregate {
    long count;
    private boolean isWhole = true;
    BigDecimal sum = BigDecimal.ZERO;
    private BigDecimal squares = BigDecimal.ZERO;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;

    void add(final double value) {
        isWhole &= value == Math.rint(value);
        count++;
        sum = sum.add(new BigDecimal(value));
        squares = squares.add(new BigDecimal(value).pow(2));
        min = Math.min(min, value);
        max = Math.max(max, value);
    }

    /**
     * Whether this is what was computed: the pair's sum at most one rounding away, and none if all values are whole.
     *
     * @param wanted what of it counts, as the kernel calls it.
     */
    public boolean agrees(final int wanted, final long otherCount, final double otherSum, final double compensation,
        final double otherMin, final double otherMax, final double m2) {
        final boolean hasExtremes = (wanted & BlockKernel.EXTREMES) != 0 && count > 0;
        if (count != otherCount || hasExtremes && (min != otherMin || max != otherMax)) {
            return false;
        }
        if ((wanted & BlockKernel.MOMENTS) == 0 ? !Double.isNaN(m2) : !agrees(m2)) {
            return false;
        }
        final double exact = sum.doubleValue();
        if (isWhole) {
            return exact == otherSum + compensation;
        }
        return Math.abs(exact - (otherSum + compensation)) <= Math.ulp(exact);
    }

    /** As far as the squares of the values have digits. */
    private boolean agrees(final double m2) {
        if (count == 0) {
            return true;
        }
        final BigDecimal mean = sum.divide(BigDecimal.valueOf(count), MathContext.DECIMAL128);
        final double exact = squares.subtract(sum.multiply(mean)).doubleValue();
        return Math.abs(m2 - exact) <= 1e-9 * exact + 1e-18 * squares.doubleValue();
    }

    @Override
    public String toString() {
        return count + " values, sum " + sum.doubleValue() + ", " + min + " .. " + max;
    }
}
