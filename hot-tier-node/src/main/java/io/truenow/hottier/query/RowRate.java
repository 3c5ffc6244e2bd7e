package io.truenow.hottier.query;

/** Rows a second over the last ten seconds, from a count sampled once a second. Belongs to one thread. */
final class RowRate {
    private static final long SAMPLE_NS = 1_000_000_000L;
    private static final int SAMPLES = 11;

    private final long[] counts = new long[SAMPLES];
    private final long[] timesNs = new long[SAMPLES];
    private int taken;
    private long lastCount;
    private long lastNs;

    void onTime(final long nowNs, final long count) {
        lastCount = count;
        lastNs = nowNs;
        if (taken == 0 || nowNs - timesNs[(taken - 1) % SAMPLES] >= SAMPLE_NS) {
            counts[taken % SAMPLES] = count;
            timesNs[taken % SAMPLES] = nowNs;
            taken++;
        }
    }

    double perSecond() {
        if (taken == 0) {
            return 0;
        }
        final int oldest = taken < SAMPLES ? 0 : taken % SAMPLES;
        final long elapsedNs = lastNs - timesNs[oldest];
        return elapsedNs <= 0 ? 0 : (lastCount - counts[oldest]) * (double)SAMPLE_NS / elapsedNs;
    }
}
