package io.truenow.engine.scan.cube;

import io.truenow.engine.store.segment.Segment;

import java.util.Arrays;

/** Segments of one cut, one behind the other in a query's order, with their rows. Reused. */
public final class SegmentRun {
    private long[] uids = new long[8];
    private long[] rowCounts = new long[8];
    private int count;

    /** Starts over. */
    public void clear() {
        count = 0;
    }

    /** One more, with so many rows of the cut. */
    public void add(final Segment segment, final long rowCount) {
        if (count == uids.length) {
            uids = Arrays.copyOf(uids, count * 2);
            rowCounts = Arrays.copyOf(rowCounts, count * 2);
        }
        uids[count] = segment.uid();
        rowCounts[count] = rowCount;
        count++;
    }

    /** Segments in it. */
    public int count() {
        return count;
    }

    long uid(final int index) {
        return uids[index];
    }

    long rowCount(final int index) {
        return rowCounts[index];
    }

    long[] copyOfUids() {
        return Arrays.copyOf(uids, count);
    }

    long[] copyOfRowCounts() {
        return Arrays.copyOf(rowCounts, count);
    }

    /** Whether it is of just these segments with just these rows. */
    boolean is(final long[] otherUids, final long[] otherRowCounts) {
        return Arrays.equals(uids, 0, count, otherUids, 0, otherUids.length)
            && Arrays.equals(rowCounts, 0, count, otherRowCounts, 0, otherRowCounts.length);
    }
}
