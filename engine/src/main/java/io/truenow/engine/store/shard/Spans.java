package io.truenow.engine.store.shard;

/** Ten minutes of event time. */
public final class Spans {
    /** Length of a span. An offset within it fits in an int. */
    public static final int SPAN_US = 600_000_000;

    /** Event times may be so far ahead of the clock when they come; what lies further ahead came by a clock that was wrong. */
    public static final long AHEAD_US = 60_000_000;

    private Spans() {
    }

    /** Start of the span that holds a time. */
    public static long floor(final long timeUs) {
        return Math.floorDiv(timeUs, SPAN_US) * (long) SPAN_US;
    }

    /** Spans that begin before this are let go: those wholly older than the retention and one span of grace. */
    public static long keptFromUs(final long nowUs, final long retentionUs) {
        return floor(nowUs - retentionUs - SPAN_US);
    }
}
