package io.truenow.tools.demo;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Ranks 0 .. n - 1 whose frequency falls as a power of the rank: few customers buy much, most buy little. Immutable. */
final class Zipf {
    private final double[] cumulative;

    Zipf(final int ranks, final double exponent) {
        cumulative = new double[ranks];
        double sum = 0;
        for (int rank = 0; rank < ranks; rank++) {
            sum += 1 / Math.pow(rank + 1, exponent);
            cumulative[rank] = sum;
        }
    }

    int next(final RandomGenerator random) {
        final int found = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[cumulative.length - 1]);
        return found < 0 ? Math.min(-found - 1, cumulative.length - 1) : found;
    }
}
