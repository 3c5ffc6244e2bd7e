package io.truenow.query.scatter;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LatencySummaryTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final LatencySummary summary = new LatencySummary();

    @Test
    void tellsWholeWindowsOnly() {
        summary.rotate(-SECOND_NS);
        summary.record(7);
        summary.rotate(9 * SECOND_NS - 1);
        assertEquals(0, summary.seconds(0.5), "the window is not over");
        summary.rotate(9 * SECOND_NS);
        assertEquals(7e-9, summary.seconds(0.5));
        summary.rotate(19 * SECOND_NS);
        assertEquals(0, summary.seconds(0.5), "no query was answered in this one");
        summary.record(3);
        summary.rotate(29 * SECOND_NS);
        assertEquals(3e-9, summary.seconds(1.0), "and nothing of former ones is in the next");
        assertThrows(IllegalArgumentException.class, () -> summary.seconds(0.25));
    }

    /** Beside the true quantile of random durations: never below it, and at most an eighth above. */
    @RepeatedTest(20)
    void isAtMostAnEighthTooHigh() {
        final RandomGenerator random = Seeds.random("latency-summary");
        final long[] durations = new long[1 + random.nextInt(300)];
        summary.rotate(0);
        for (int i = 0; i < durations.length; i++) {
            durations[i] = 1 + (random.nextLong() >>> 1 + random.nextInt(60));
            summary.record(durations[i]);
        }
        summary.rotate(10 * SECOND_NS);
        Arrays.sort(durations);
        for (final double quantile : LatencySummary.QUANTILES) {
            final long exact = durations[(int) Math.ceil(durations.length * quantile) - 1];
            final double told = summary.seconds(quantile) * SECOND_NS;
            assertTrue(told >= exact * 0.999_999_999 && told <= exact * 1.125 + 1e-6, () -> quantile + ": " + exact + " told as " + told);
        }
    }

    @Test
    void whatTookNoTimeIsCountedAllTheSame() {
        summary.rotate(0);
        summary.record(0);
        summary.record(-5);
        summary.record(1_000);
        summary.rotate(10 * SECOND_NS);
        assertEquals(1e-9, summary.seconds(0.5));
    }
}
