package io.truenow.hottier.segment;

import io.truenow.fabric.memory.BlockPool;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Up to 4 096 rows of a segment with all columns that the schema had when the block was made; see {@link BlockLayout}. The lane appends;
 * the query agent reads rows below its cut. The zone map (least and greatest time) only ever widens while a block serves, so a reader that
 * sees a later one than its cut may scan in vain but never misses a row.
 */
public final class Block {
    private MemorySegment memory;
    private long handle;
    private long base;
    private int capacity;
    private int dimensionCount;
    private int metricCount;
    private long firstRow;
    private int rowCount;
    private int minOffsetUs;
    private int maxOffsetUs;

    Block() {
    }

    /** The region that holds the block; the offsets below are in it. */
    public MemorySegment memory() {
        return memory;
    }

    /** Columns of dimensions it has; it holds nothing for later ordinals. */
    public int dimensionCount() {
        return dimensionCount;
    }

    /** Columns of metrics it has. */
    public int metricCount() {
        return metricCount;
    }

    /** Number of its first row in the segment. */
    public long firstRow() {
        return firstRow;
    }

    /** No row is earlier, in microseconds since the span's start. */
    public int minOffsetUs() {
        return minOffsetUs;
    }

    /** No row is later, in microseconds since the span's start. */
    public int maxOffsetUs() {
        return maxOffsetUs;
    }

    /** Where event times begin. */
    public long timesAt() {
        return base;
    }

    /** Where event ids begin. */
    public long idsAt() {
        return base + (long) capacity * Integer.BYTES;
    }

    /** Where a dimension's codes begin. */
    public long dimensionAt(final int ordinal) {
        return base + (long) capacity * (Integer.BYTES + 2 * Long.BYTES + ordinal * Integer.BYTES);
    }

    /** Where a metric's values begin. */
    public long metricAt(final int ordinal) {
        return dimensionAt(dimensionCount) + (long) capacity * ordinal * Double.BYTES;
    }

    /** Where a metric's null bits begin. */
    public long nullsAt(final int ordinal) {
        return metricAt(metricCount) + (long) (capacity >>> 3) * ordinal;
    }

    void open(final BlockPool pool, final long handle, final int capacity, final int dimensionCount, final int metricCount) {
        this.memory = pool.memory(handle);
        this.handle = handle;
        this.base = BlockPool.offset(handle);
        this.capacity = capacity;
        this.dimensionCount = dimensionCount;
        this.metricCount = metricCount;
        this.rowCount = 0;
        this.minOffsetUs = Integer.MAX_VALUE;
        this.maxOffsetUs = Integer.MIN_VALUE;
        for (long at = nullsAt(0), end = nullsAt(metricCount); at < end; at += Long.BYTES) {
            memory.set(ValueLayout.JAVA_LONG, at, 0L);
        }
    }

    void firstRow(final long row) {
        firstRow = row;
    }

    long handle() {
        return handle;
    }

    int capacity() {
        return capacity;
    }

    int rowCount() {
        return rowCount;
    }

    int freeRows() {
        return capacity - rowCount;
    }

    void onAppended(final int rows, final int leastOffsetUs, final int greatestOffsetUs) {
        rowCount += rows;
        minOffsetUs = Math.min(minOffsetUs, leastOffsetUs);
        maxOffsetUs = Math.max(maxOffsetUs, greatestOffsetUs);
    }

    /**
     * Sets the null bit of a row. The other bits of the word stay as they are, so one that reads rows below its cut sees them unchanged.
     */
    void setNull(final int metric, final int row) {
        final long at = nullsAt(metric) + (long) (row >>> 6) * Long.BYTES;
        memory.set(ValueLayout.JAVA_LONG, at, memory.get(ValueLayout.JAVA_LONG, at) | 1L << row);
    }
}
