package io.truenow.engine.store.segment;

import java.util.Arrays;

/**
 * A shard's rows of one span, in whatever form they are: at most one segment that takes rows, some that are frozen, some in files. Knows
 * whether an event is there ({@link SpanIds}). Belongs to the lane.
 */
public final class Span {
    /** Of a lookup so much is made at once: some tenths of a millisecond. */
    private static final int ROWS_PER_STEP = 4_096;

    private final long startUs;
    private final SpanIds ids;
    private int tag;
    /** Another span with the same tag, or null. */
    private Span sameTag;
    /** By creation. */
    private Segment[] segments = new Segment[0];
    private OpenSegment open;

    private long rowsSeen;
    private long quietSinceNs;
    private OpenSegment openSeen;
    private long openSinceNs;

    Span(final LaneMemory memory, final long startUs) {
        this.startUs = startUs;
        this.ids = new SpanIds(memory, startUs);
    }

    /** Its first microsecond. */
    public long startUs() {
        return startUs;
    }

    /** What the filter of the shard's ids says of it. */
    int tag() {
        return tag;
    }

    void tag(final int newTag, final Span others) {
        tag = newTag;
        sameTag = others;
    }

    Span sameTag() {
        return sameTag;
    }

    /** How many segments it has. */
    public int segmentCount() {
        return segments.length;
    }

    /** A segment, by creation. */
    public Segment segment(final int index) {
        return segments[index];
    }

    /** The segment that takes rows, or null. */
    public OpenSegment open() {
        return open;
    }

    /** Whether some rows are in files. */
    public boolean hasFiles() {
        for (final Segment segment : segments) {
            if (segment instanceof FileSegment) {
                return true;
            }
        }
        return false;
    }

    /** Rows of all segments. */
    public long rowCount() {
        long rows = 0;
        for (final Segment segment : segments) {
            rows += segment.rowCount();
        }
        return rows;
    }

    /** Rows of all segments are earlier; its start if there are none. Microseconds since the epoch. */
    public long endUs() {
        int offsetUs = -1;
        for (final Segment segment : segments) {
            offsetUs = Math.max(offsetUs, segment.maxOffsetUs());
        }
        return startUs + offsetUs + 1;
    }

    /** So long no row has come, as far as was seen by asking this now and then, in nanoseconds. */
    public long quietNs(final long nowNs) {
        final long rows = rowCount();
        if (rows != rowsSeen || quietSinceNs == 0) {
            rowsSeen = rows;
            quietSinceNs = nowNs;
        }
        return nowNs - quietSinceNs;
    }

    /** So long its open segment has been there, as far as was seen by asking this now and then, in nanoseconds; 0 if there is none. */
    public long openNs(final long nowNs) {
        if (openSeen != open) {
            openSeen = open;
            openSinceNs = nowNs;
        }
        return nowNs - openSinceNs;
    }

    /** Which events it has. */
    SpanIds ids() {
        return ids;
    }

    /** Whether rows may come: what a restart has not left is there. */
    boolean isPrepared() {
        return open == null || open.isPrepared();
    }

    /** Makes some of what a restart has not left, so that the lane never stalls; false if there is no room now. */
    boolean prepareSome() {
        return open.prepareSome(ROWS_PER_STEP);
    }

    Segment[] segments() {
        return segments;
    }

    void add(final Segment segment) {
        segments = Arrays.copyOf(segments, segments.length + 1);
        segments[segments.length - 1] = segment;
        if (segment instanceof OpenSegment taking && taking.isOpen()) {
            open = taking;
        }
        ids.add(segment);
    }

    /** No row comes to the open segment any more. */
    OpenSegment freeze() {
        final OpenSegment frozen = open;
        open = null;
        frozen.closeForAppends();
        return frozen;
    }

    /** Others take the place of some segments: of the first of them. */
    void replace(final Segment[] olds, final FileSegment made) {
        final Segment[] next = new Segment[segments.length - olds.length + 1];
        int count = 0;
        boolean isPlaced = false;
        for (final Segment segment : segments) {
            if (!contains(olds, segment)) {
                next[count++] = segment;
            } else if (!isPlaced) {
                isPlaced = true;
                next[count++] = made;
            }
        }
        segments = next;
        if (hasRowsInMemory()) {
            ids.replace(olds, made);
        } else {
            ids.close(segments);
        }
    }

    private boolean hasRowsInMemory() {
        for (final Segment segment : segments) {
            if (segment instanceof OpenSegment) {
                return true;
            }
        }
        return false;
    }

    private static boolean contains(final Segment[] array, final Segment sought) {
        for (final Segment segment : array) {
            if (segment == sought) {
                return true;
            }
        }
        return false;
    }
}
