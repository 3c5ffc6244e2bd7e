package io.truenow.engine.scan.cube;

import io.truenow.engine.store.shard.Spans;

/** How finely a cube tells times apart. */
public enum CubeLevel {
    /** Not at all: the whole span. */
    SPAN(Spans.SPAN_US),
    /** By the minute. */
    MINUTE(60_000_000),
    /** By ten seconds. */
    TEN_SECONDS(10_000_000),
    /** By the second. */
    SECOND(1_000_000);

    private final int bucketUs;

    CubeLevel(final int bucketUs) {
        this.bucketUs = bucketUs;
    }

    /** Length of a bucket; spans begin with one. */
    public int bucketUs() {
        return bucketUs;
    }

    /** Buckets in a span. */
    public int buckets() {
        return Spans.SPAN_US / bucketUs;
    }

    /** Whether no bucket lies in two intervals, both counted from the epoch. */
    public boolean divides(final long intervalUs) {
        return intervalUs == 0 || intervalUs % bucketUs == 0;
    }
}
