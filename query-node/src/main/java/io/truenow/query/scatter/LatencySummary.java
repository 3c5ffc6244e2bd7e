package io.truenow.query.scatter;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Quantiles of the last whole ten seconds. Buckets grow by an eighth, so a figure is at most that much too high. Written by the agent's
 * thread; {@link #seconds} is read by any.
 */
final class LatencySummary {
    static final double[] QUANTILES = {0.5, 0.9, 0.99, 1.0};

    private static final long WINDOW_NS = 10_000_000_000L;
    private static final int SUB_BITS = 3;
    private static final int BUCKETS = Long.SIZE << SUB_BITS;
    private static final double NANOS_PER_SECOND = 1e9;

    private final int[] counts = new int[BUCKETS];
    private final AtomicLongArray published = new AtomicLongArray(QUANTILES.length);
    private int total;
    private long windowStartNs;
    private boolean isStarted;

    void record(final long durationNs) {
        counts[bucketOf(Math.max(1, durationNs))]++;
        total++;
    }

    void rotate(final long nowNs) {
        if (!isStarted) {
            isStarted = true;
            windowStartNs = nowNs;
        } else if (nowNs - windowStartNs >= WINDOW_NS) {
            windowStartNs = nowNs;
            publish();
        }
    }

    /** 0 where no query was answered. */
    double seconds(final double quantile) {
        for (int i = 0; i < QUANTILES.length; i++) {
            if (QUANTILES[i] == quantile) {
                return published.get(i) / NANOS_PER_SECOND;
            }
        }
        throw new IllegalArgumentException("quantile " + quantile);
    }

    private void publish() {
        for (int i = 0; i < QUANTILES.length; i++) {
            final long rank = Math.max(1, (long) Math.ceil(total * QUANTILES[i]));
            long seen = 0;
            int bucket = 0;
            while (total > 0 && bucket < BUCKETS - 1 && seen + counts[bucket] < rank) {
                seen += counts[bucket++];
            }
            published.set(i, total == 0 ? 0 : upperBound(bucket));
        }
        Arrays.fill(counts, 0);
        total = 0;
    }

    private static int bucketOf(final long value) {
        final int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        return exponent < SUB_BITS ? (int) value
            : (exponent - SUB_BITS + 1 << SUB_BITS) + (int) (value >>> exponent - SUB_BITS & (1 << SUB_BITS) - 1);
    }

    private static long upperBound(final int bucket) {
        if (bucket < 1 << SUB_BITS) {
            return bucket;
        }
        final int shift = (bucket >>> SUB_BITS) - 1;
        final long base = (1L << SUB_BITS) + (bucket & (1 << SUB_BITS) - 1);
        return (base + 1 << shift) - 1;
    }
}
