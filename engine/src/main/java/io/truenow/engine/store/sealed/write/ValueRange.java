package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;

/** What the values of a metric in a block are between, and so how they can be held. Reused; one thread. */
final class ValueRange {
    private static final long MAX_UINT8 = 0xFFL;
    private static final long MAX_UINT16 = 0xFFFFL;
    private static final long MAX_UINT32 = 0xFFFF_FFFFL;
    private static final long NEGATIVE_ZERO_BITS = Double.doubleToRawLongBits(-0.0);

    private double min;
    private double max;
    private boolean isInteger;
    private boolean hasNegativeZero;
    private int count;

    /** Finds the range of values of which some, if any bit is set, are absent. */
    void of(final double[] values, final int rows, final long[] nulls, final boolean hasNulls) {
        min = Double.POSITIVE_INFINITY;
        max = Double.NEGATIVE_INFINITY;
        count = 0;
        boolean whole = true;
        boolean negativeZero = false;
        for (int row = 0; row < rows; row++) {
            if (hasNulls && (nulls[row >>> 6] >>> row & 1) != 0) {
                continue;
            }
            final double value = values[row];
            count++;
            min = Math.min(min, value);
            max = Math.max(max, value);
            whole &= value == Math.rint(value) && Math.abs(value) <= Block.MAX_INTEGER;
            negativeZero |= Double.doubleToRawLongBits(value) == NEGATIVE_ZERO_BITS;
        }
        isInteger = whole;
        hasNegativeZero = negativeZero;
    }

    double min() {
        return min;
    }

    double max() {
        return max;
    }

    boolean isInteger() {
        return isInteger;
    }

    /** The narrowest encoding that gives every value back bit by bit: -0.0 cannot be a sum of a base and a whole number. */
    MetricEncoding encoding() {
        if (count == 0) {
            return MetricEncoding.ABSENT;
        }
        if (!isInteger || hasNegativeZero) {
            return MetricEncoding.DOUBLE;
        }
        final long width = (long) max - (long) min;
        if (width == 0) {
            return MetricEncoding.CONSTANT;
        }
        if (width <= MAX_UINT8) {
            return MetricEncoding.UINT8;
        }
        if (width <= MAX_UINT16) {
            return MetricEncoding.UINT16;
        }
        return width <= MAX_UINT32 ? MetricEncoding.UINT32 : MetricEncoding.DOUBLE;
    }
}
