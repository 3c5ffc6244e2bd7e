package io.truenow.hottier.model;

import java.math.BigDecimal;

/** Aggregates of one metric in one group, exactly. */
public final class Aggregate {
    long count;
    private boolean isWhole = true;
    BigDecimal sum = BigDecimal.ZERO;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;

    void add(final double value) {
        isWhole &= value == Math.rint(value);
        count++;
        sum = sum.add(new BigDecimal(value));
        min = Math.min(min, value);
        max = Math.max(max, value);
    }

    /** Whether this is what was computed: the pair's sum at most one rounding away, and none if all values are whole. */
    public boolean agrees(
        final long otherCount, final double otherSum, final double compensation, final double otherMin, final double otherMax) {
        if (count != otherCount || count > 0 && (min != otherMin || max != otherMax)) {
            return false;
        }
        final double exact = sum.doubleValue();
        if (isWhole) {
            return exact == otherSum + compensation;
        }
        return Math.abs(exact - (otherSum + compensation)) <= Math.ulp(exact);
    }

    @Override
    public String toString() {
        return count + " values, sum " + sum.doubleValue() + ", " + min + " .. " + max;
    }
}
