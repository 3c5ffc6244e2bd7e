package io.truenow.format.sketch;

/** Doubles in their order as whole numbers: neighbouring doubles have neighbouring places. Both zeros are one. Not for NaN. */
public final class DoubleOrder {
    private DoubleOrder() {
    }

    /** A value's place: greater values have greater ones. */
    public static long place(final double value) {
        // adding 0.0 makes -0.0 to 0.0
        final long bits = Double.doubleToRawLongBits(value + 0.0);
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /** The value of a place. */
    public static double value(final long place) {
        return Double.longBitsToDouble(place ^ place >> 63 & Long.MAX_VALUE);
    }
}
