package io.truenow.hottier.lane;

/**
 * When segments are frozen, sealed and merged.
 *
 * @param sealAfterUs     a span is over so long after its last microsecond, by the lane's clock.
 * @param quietNs         a span that is over is sealed when no row has come for so long.
 * @param maxRows         a segment of so many rows is frozen at once; a merged one has at most four times as many.
 * @param amendmentRows   late rows of a sealed span are sealed when there are so many, and quiet.
 * @param amendmentIdleNs fewer when none has come for so long, or all when the first of them came twice as long ago.
 * @param mergeIdleNs     the files of a span are merged when no row has come for so long.
 * @param earlyBytes      under pressure spans are sealed early as long as rows that are not in files hold so much memory in the lane.
 */
public record SegmentPolicy(
    long sealAfterUs, long quietNs, long maxRows, long amendmentRows, long amendmentIdleNs, long mergeIdleNs, long earlyBytes) {
    /** Most rows of a segment that is not merged. */
    public static final long MAX_ROWS = 1L << 22;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final long QUIET_NS = 5 * SECOND_NS;
    private static final long AMENDMENT_ROWS = 1L << 16;
    private static final long AMENDMENT_IDLE_NS = 300 * SECOND_NS;
    private static final long MERGE_IDLE_NS = 600 * SECOND_NS;

    /** As nodes have it. */
    public static SegmentPolicy of(final long sealAfterUs, final long earlyBytes) {
        return new SegmentPolicy(sealAfterUs, QUIET_NS, MAX_ROWS, AMENDMENT_ROWS, AMENDMENT_IDLE_NS, MERGE_IDLE_NS, earlyBytes);
    }
}
