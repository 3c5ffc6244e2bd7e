package io.truenow.hottier.segment;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A block of an open segment with all columns that the schema had when it was made; see {@link BlockLayout}. The lane appends; the query
 * agent reads rows below its cut.
 */
public final class OpenBlock extends Block {
    private long handle;
    private long address;
    private int capacity;
    private int dimensionCount;
    private int metricCount;
    private long firstRow;
    private int rowCount;
    private int minOffsetUs;
    private int maxOffsetUs;

    private double[] minMetrics = new double[0];
    private double[] maxMetrics = new double[0];
    private boolean[] fractions = new boolean[0];
    private boolean[] nulls = new boolean[0];

    OpenBlock() {
    }

    @Override
    public long firstRow() {
        return firstRow;
    }

    @Override
    public int minOffsetUs() {
        return minOffsetUs;
    }

    @Override
    public int maxOffsetUs() {
        return maxOffsetUs;
    }

    @Override
    public boolean isTimeSorted() {
        return false;
    }

    @Override
    public long timesAddress() {
        return address;
    }

    /** Where event ids begin: two longs a row, high and low. */
    public long idsAddress() {
        return address + (long) capacity * Integer.BYTES;
    }

    @Override
    public int dimensionCount() {
        return dimensionCount;
    }

    @Override
    public int codeWidthBytes(final int ordinal) {
        return ordinal < dimensionCount ? Integer.BYTES : 0;
    }

    @Override
    public long codesAddress(final int ordinal) {
        return address + (long) capacity * (Integer.BYTES + 2 * Long.BYTES + ordinal * Integer.BYTES);
    }

    @Override
    public int metricCount() {
        return metricCount;
    }

    @Override
    public MetricEncoding metricEncoding(final int ordinal) {
        return ordinal < metricCount ? MetricEncoding.DOUBLE : MetricEncoding.ABSENT;
    }

    @Override
    public double metricBase(final int ordinal) {
        return 0;
    }

    @Override
    public long metricAddress(final int ordinal) {
        return codesAddress(dimensionCount) + (long) capacity * ordinal * Double.BYTES;
    }

    @Override
    public long nullsAddress(final int ordinal) {
        return nulls[ordinal] ? nullBitsAddress(ordinal) : 0;
    }

    @Override
    public boolean isInteger(final int ordinal) {
        return !fractions[ordinal];
    }

    @Override
    public double minMetric(final int ordinal) {
        return minMetrics[ordinal];
    }

    @Override
    public double maxMetric(final int ordinal) {
        return maxMetrics[ordinal];
    }

    void open(final BlockPool pool, final long handle, final int capacity, final int dimensionCount, final int metricCount) {
        this.handle = handle;
        this.address = pool.address(handle);
        this.capacity = capacity;
        this.dimensionCount = dimensionCount;
        this.metricCount = metricCount;
        this.rowCount = 0;
        this.minOffsetUs = Integer.MAX_VALUE;
        this.maxOffsetUs = Integer.MIN_VALUE;
        NativeMemory.ALL.asSlice(nullBitsAddress(0), nullBitsAddress(metricCount) - nullBitsAddress(0)).fill((byte) 0);
        minMetrics = new double[metricCount];
        maxMetrics = new double[metricCount];
        fractions = new boolean[metricCount];
        nulls = new boolean[metricCount];
        Arrays.fill(minMetrics, Double.POSITIVE_INFINITY);
        Arrays.fill(maxMetrics, Double.NEGATIVE_INFINITY);
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

    /** Widens the zone map of a metric; before the rows are published. */
    void onValues(final int metric, final double least, final double greatest, final boolean hasFractions) {
        minMetrics[metric] = Math.min(minMetrics[metric], least);
        maxMetrics[metric] = Math.max(maxMetrics[metric], greatest);
        fractions[metric] |= hasFractions;
    }

    /**
     * Sets the null bit of a row. The other bits of the word stay as they are, so one that reads rows below its cut sees them unchanged.
     */
    void setNull(final int metric, final int row) {
        nulls[metric] = true;
        final long at = nullBitsAddress(metric) + (long) (row >>> 6) * Long.BYTES;
        NativeMemory.ALL.set(ValueLayout.JAVA_LONG, at, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, at) | 1L << row);
    }

    private long nullBitsAddress(final int ordinal) {
        return metricAddress(metricCount) + (long) (capacity >>> 3) * ordinal;
    }
}
