package io.truenow.engine.store.segment;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A block of an open segment with all columns that the schema had when it was made; see {@link BlockLayout}. The lane appends; the query
 * agent reads rows below its cut.
 */
public final class OpenBlock extends Block {
    /** No dimension's rows are linked. */
    static final int[] NO_LINKS = {};

    private long handle;
    private long address;
    /** Of the lane. */
    private long idBloom = BlockPool.NONE;
    private int capacity;
    private int dimensionCount;
    private int metricCount;
    private long firstRow;
    private int rowCount;
    private int minOffsetUs;
    private int maxOffsetUs;
    /** Dimensions whose rows are linked, in the order of the links. */
    private int[] linked = NO_LINKS;

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

    /** A row's event time since the span's start. */
    int timeOffsetUs(final int row) {
        return NativeMemory.ALL.get(ValueLayout.JAVA_INT, address + (long) row * Integer.BYTES);
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

    /** The link of a row of a linked dimension. */
    public int link(final int ordinal, final int row) {
        return NativeMemory.ALL.get(ValueLayout.JAVA_INT, linksAddress(ordinal) + (long) row * Integer.BYTES);
    }

    /** Where a dimension's links begin; 0 if its rows are not linked. */
    long linksAddress(final int ordinal) {
        for (int i = 0; i < linked.length; i++) {
            if (linked[i] == ordinal) {
                return nullBitsAddress(metricCount) + (long) capacity * i * Integer.BYTES;
            }
        }
        return 0;
    }

    void open(
        final BlockPool pool, final long handle, final int capacity, final int dimensionCount, final int metricCount, final int[] linked) {
        this.handle = handle;
        this.linked = linked;
        place(pool, capacity, dimensionCount, metricCount);
        BlockLayout.write(address - BlockLayout.HEADER_BYTES, capacity, dimensionCount, metricCount, linked.length);
        NativeMemory.ALL.asSlice(nullBitsAddress(0), nullBitsAddress(metricCount) - nullBitsAddress(0)).fill((byte) 0);
    }

    /** After a restart: takes over a block with so many committed rows, and looks at each of them for the zone map. */
    void recover(final BlockPool pool, final long recoveredHandle, final int rows) {
        handle = recoveredHandle;
        linked = NO_LINKS;
        final long header = pool.address(handle);
        place(pool, BlockLayout.capacity(header), BlockLayout.dimensionCount(header), BlockLayout.metricCount(header));
        firstRow = BlockLayout.firstRow(header);
        for (int metric = 0; metric < metricCount; metric++) {
            recoverNulls(metric, rows);
            recoverMetric(metric, rows);
        }
        recoverTimes(rows);
    }

    /** Chains the block to its segment. */
    void link(final long uid, final long row, final long chainAddress) {
        firstRow = row;
        final MemorySegment memory = NativeMemory.ALL;
        BlockLayout.writeOwner(
            address - BlockLayout.HEADER_BYTES, uid, row, memory.get(ValueLayout.JAVA_LONG, chainAddress));
        VarHandle.releaseFence();
        memory.set(ValueLayout.JAVA_LONG, chainAddress, handle + 1);
    }

    long handle() {
        return handle;
    }

    /** Handle of an {@link io.truenow.engine.store.hash.IdBloom} of all its ids, or {@link BlockPool#NONE}. Lane only. */
    long idBloom() {
        return idBloom;
    }

    void idBloom(final long bloomHandle) {
        idBloom = bloomHandle;
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

    /** Sets the null bits of rows. */
    void setNulls(final int metric, final int from, final int count) {
        for (int row = from; row < from + count; row++) {
            setNull(metric, row);
        }
    }

    private long nullBitsAddress(final int ordinal) {
        return metricAddress(metricCount) + (long) BlockLayout.nullBytes(capacity) * ordinal;
    }

    private void place(final BlockPool pool, final int rows, final int dimensions, final int metrics) {
        address = pool.address(handle) + BlockLayout.HEADER_BYTES;
        capacity = rows;
        dimensionCount = dimensions;
        metricCount = metrics;
        rowCount = 0;
        minOffsetUs = Integer.MAX_VALUE;
        maxOffsetUs = Integer.MIN_VALUE;
        if (metrics != minMetrics.length) {
            minMetrics = new double[metrics];
            maxMetrics = new double[metrics];
            fractions = new boolean[metrics];
            nulls = new boolean[metrics];
        }
        Arrays.fill(fractions, false);
        Arrays.fill(nulls, false);
        Arrays.fill(minMetrics, Double.POSITIVE_INFINITY);
        Arrays.fill(maxMetrics, Double.NEGATIVE_INFINITY);
    }

    private void recoverTimes(final int rows) {
        final MemorySegment memory = NativeMemory.ALL;
        int least = Integer.MAX_VALUE;
        int greatest = Integer.MIN_VALUE;
        for (int row = 0; row < rows; row++) {
            final int offsetUs = memory.get(ValueLayout.JAVA_INT, address + (long) row * Integer.BYTES);
            least = Math.min(least, offsetUs);
            greatest = Math.max(greatest, offsetUs);
        }
        onAppended(rows, least, greatest);
    }

    /** Clears the bits of rows that were never committed, for bits are only ever set. */
    private void recoverNulls(final int metric, final int rows) {
        final MemorySegment memory = NativeMemory.ALL;
        final long bits = nullBitsAddress(metric);
        for (int first = 0; first < capacity; first += Long.SIZE) {
            final long at = bits + (first >>> 3);
            final int committed = Math.clamp(rows - first, 0, Long.SIZE);
            final long kept = committed == 0 ? 0 : memory.get(ValueLayout.JAVA_LONG, at) & -1L >>> Long.SIZE - committed;
            memory.set(ValueLayout.JAVA_LONG, at, kept);
            nulls[metric] |= kept != 0;
        }
    }

    /** Nulls lie there as 0.0 and may widen the zone map. */
    private void recoverMetric(final int metric, final int rows) {
        final MemorySegment memory = NativeMemory.ALL;
        final long doubles = metricAddress(metric);
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        int fractional = 0;
        for (int row = 0; row < rows; row++) {
            final double value = memory.get(ValueLayout.JAVA_DOUBLE, doubles + (long) row * Double.BYTES);
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
            fractional |= value == Math.rint(value) ? 0 : 1;
        }
        onValues(metric, least, greatest, fractional != 0 || greatest > MAX_INTEGER || least < -MAX_INTEGER);
    }
}
