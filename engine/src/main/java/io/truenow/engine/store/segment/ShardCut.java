package io.truenow.engine.store.segment;

import io.truenow.engine.store.shard.MissingRanges;

import java.util.Arrays;

/**
 * What a query sees of a shard: whole batches up to a vector. Reused; belongs to the query agent. The segments that it took are to be
 * acquired by whoever keeps the cut.
 */
public final class ShardCut {
    /**
     * A publication is some tens of stores; a writer that was descheduled in its midst is waited for by asking again in the next duty
     * cycle.
     */
    private static final int ATTEMPTS = 64;

    long epoch;
    boolean inSync;
    long watermarkUs = Long.MIN_VALUE;
    long availableFromUs = Long.MIN_VALUE;
    long rowsHeld;
    MissingRanges missing = MissingRanges.NONE;
    private int[] gatewayIds = new int[4];
    private long[] incarnations = new long[4];
    private long[] sequences = new long[4];
    private int gatewayCount;
    private Segment[] segments = new Segment[16];
    private long[] rowCounts = new long[16];
    private int[] blockCounts = new int[16];
    private int segmentCount;

    /** Takes the shard's state as of now; false if the lane is in the midst of publishing: try again later. */
    public boolean take(final ShardStore shard) {
        for (int i = 0; i < ATTEMPTS; i++) {
            final long begun = shard.beginRead();
            if (begun >= 0) {
                shard.read(this);
                if (shard.endRead(begun)) {
                    return true;
                }
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** Forgets all: the segments can be collected. */
    public void clear() {
        Arrays.fill(segments, null);
        segmentCount = 0;
        gatewayCount = 0;
        watermarkUs = Long.MIN_VALUE;
        availableFromUs = Long.MIN_VALUE;
        missing = MissingRanges.NONE;
    }

    /** Placement's version at the cut. */
    public long epoch() {
        return epoch;
    }

    /** Whether the shard may answer. */
    public boolean isInSync() {
        return inSync;
    }

    /** Greatest event time seen, Long.MIN_VALUE for none. */
    public long watermarkUs() {
        return watermarkUs;
    }

    /** Earlier events may have been let go; Long.MIN_VALUE if none were. */
    public long availableFromUs() {
        return availableFromUs;
    }

    /** Ranges of event time whose rows were lost in part. */
    public MissingRanges missing() {
        return missing;
    }

    /** Rows in all segments. */
    public long rowsHeld() {
        return rowsHeld;
    }

    /** Gateways in the vector. */
    public int gatewayCount() {
        return gatewayCount;
    }

    /** Id of a gateway. */
    public int gatewayId(final int index) {
        return gatewayIds[index];
    }

    /** Incarnation of a gateway's position. */
    public long incarnation(final int index) {
        return incarnations[index];
    }

    /** Sequence of a gateway's position. */
    public long sequence(final int index) {
        return sequences[index];
    }

    /** Segments, by span and creation. */
    public int segmentCount() {
        return segmentCount;
    }

    /** A segment. */
    public Segment segment(final int index) {
        return segments[index];
    }

    /** Rows of a segment that belong to the cut. */
    public long rowCount(final int index) {
        return rowCounts[index];
    }

    /** Blocks that hold these rows. */
    public int blockCount(final int index) {
        return blockCounts[index];
    }

    /** Rows of a block that belong to the cut. */
    public int rowsInBlock(final int index, final int block) {
        final Segment segment = segments[index];
        final long end = block + 1 < blockCounts[index] ? segment.block(block + 1).firstRow() : rowCounts[index];
        return (int) (end - segment.block(block).firstRow());
    }

    /** The block of a segment, not before another, that has a row; the block count if it is not of the cut. */
    public int blockOf(final int index, final long row, final int fromBlock) {
        if (row >= rowCounts[index]) {
            return blockCounts[index];
        }
        final Segment segment = segments[index];
        int low = Math.max(fromBlock, (int) (row / Block.MAX_ROWS));
        int high = blockCounts[index];
        int ahead = 1;
        // not far behind the place where full blocks would have it
        while (low + ahead < high) {
            if (segment.block(low + ahead).firstRow() > row) {
                high = low + ahead;
            } else {
                low += ahead;
                ahead *= 2;
            }
        }
        while (high - low > 1) {
            final int middle = low + high >>> 1;
            if (segment.block(middle).firstRow() > row) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return low;
    }

    void setVector(final int[] ids, final long[] incarnationById, final long[] sequenceById, final int count) {
        if (count > gatewayIds.length) {
            gatewayIds = new int[count * 2];
            incarnations = new long[count * 2];
            sequences = new long[count * 2];
        }
        System.arraycopy(ids, 0, gatewayIds, 0, count);
        System.arraycopy(incarnationById, 0, incarnations, 0, count);
        System.arraycopy(sequenceById, 0, sequences, 0, count);
        gatewayCount = count;
    }

    void setSegments(final Segment[] published) {
        if (published.length > segments.length) {
            segments = new Segment[published.length * 2];
            rowCounts = new long[published.length * 2];
            blockCounts = new int[published.length * 2];
        }
        int count = 0;
        for (final Segment segment : published) {
            // null: the array's elements are not visible yet, so the version check will fail
            if (segment != null) {
                segments[count] = segment;
                rowCounts[count] = segment.publishedRows();
                blockCounts[count] = segment.publishedBlocks();
                count++;
            }
        }
        segmentCount = count;
    }
}
