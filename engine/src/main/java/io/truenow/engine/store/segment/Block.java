package io.truenow.engine.store.segment;

/**
 * Up to 4 096 rows of a segment, column by column, as kernels read them. All addresses are absolute, see {@code NativeMemory}; columns
 * begin at multiples of 8 and may be read up to the next multiple of 64 bytes.
 *
 * <p>Rows below a reader's cut never change. The zone map only ever widens while a block serves, so a reader that sees a later one than
 * its cut may scan in vain but never misses a row.
 */
public abstract class Block {
    /** Most rows of a block. */
    public static final int MAX_ROWS = 4_096;
    /** Whole numbers up to this size count as integers in zone maps: 4 096 of them sum exactly in a double. */
    public static final double MAX_INTEGER = 0x1.0p40;

    /** Number of its first row in the segment. */
    public abstract long firstRow();

    /** No row is earlier, in microseconds since the span's start. */
    public abstract int minOffsetUs();

    /** No row is later, in microseconds since the span's start. */
    public abstract int maxOffsetUs();

    /** Whether the rows are ordered by time. */
    public abstract boolean isTimeSorted();

    /** Event times: int32 a row, microseconds since the span's start. */
    public abstract long timesAddress();

    /** Columns of dimensions it has; it holds nothing for later ordinals. */
    public abstract int dimensionCount();

    /** Bytes of a local code of a dimension: 1, 2 or 4, unsigned, 0 for null; or 0: no row has a value. Ordinals may exceed the columns. */
    public abstract int codeWidthBytes(int ordinal);

    /** Where a dimension's codes begin, for a width above 0. */
    public abstract long codesAddress(int ordinal);

    /** Columns of metrics it has. */
    public abstract int metricCount();

    /** How the values of a metric are held; ordinals may exceed the columns. */
    public abstract MetricEncoding metricEncoding(int ordinal);

    /** What is added to each stored value of an encoding other than {@link MetricEncoding#DOUBLE}. */
    public abstract double metricBase(int ordinal);

    /** Where a metric's values begin, for encodings of some width. */
    public abstract long metricAddress(int ordinal);

    /** Bits of a metric, set for rows that lack it, in longs; 0 if every row has it. */
    public abstract long nullsAddress(int ordinal);

    /** Whether all values are whole numbers of at most {@link #MAX_INTEGER} in size. */
    public abstract boolean isInteger(int ordinal);

    /** No value is less. */
    public abstract double minMetric(int ordinal);

    /** No value is greater. */
    public abstract double maxMetric(int ordinal);
}
