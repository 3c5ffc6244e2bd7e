package io.truenow.engine.model;

import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** A block of random rows in random encodings, and the same rows plain. What lies behind the rows is garbage. */
public final class RandomBlock extends Block {
    private final Arena arena;
    private final int rows;
    private final int capacity;
    private final boolean sorted;
    private final int[] times;
    private final long timesAddress;
    private final int[][] codes;
    private final int[] widths;
    private final long[] codesAddresses;
    private final Double[][] metrics;
    private final MetricEncoding[] encodings;
    private final double[] bases;
    private final long[] metricAddresses;
    private final long[] nullsAddresses;
    private final boolean[] integers;
    private final double[] minMetrics;
    private final double[] maxMetrics;

    /** Random rows: times in [0, timeLimitUs), codes 0 .. codeLimits[d]. */
    public RandomBlock(
        final Arena arena, final RandomGenerator random, final int rows, final int timeLimitUs, final int[] codeLimits,
        final int metricCount) {
        this.arena = arena;
        this.rows = rows;
        this.capacity = (rows + 63) / 64 * 64 + 64;
        this.sorted = random.nextBoolean();
        times = new int[rows];
        final int origin = random.nextInt(timeLimitUs);
        final int length = 1 + random.nextInt(random.nextBoolean() ? Math.min(1_000, timeLimitUs - origin) : timeLimitUs - origin);
        Arrays.setAll(times, row -> origin + random.nextInt(length));
        if (sorted) {
            Arrays.sort(times);
        }
        timesAddress = allocate(4);
        codes = new int[codeLimits.length][rows];
        widths = new int[codeLimits.length];
        codesAddresses = new long[codeLimits.length];
        for (int d = 0; d < codeLimits.length; d++) {
            fillCodes(random, d, codeLimits[d]);
        }
        metrics = new Double[metricCount][rows];
        encodings = new MetricEncoding[metricCount];
        bases = new double[metricCount];
        metricAddresses = new long[metricCount];
        nullsAddresses = new long[metricCount];
        integers = new boolean[metricCount];
        minMetrics = new double[metricCount];
        maxMetrics = new double[metricCount];
        for (int metric = 0; metric < metricCount; metric++) {
            fillMetric(random, metric);
        }
        for (int row = 0; row < rows; row++) {
            segment(timesAddress, 4).setAtIndex(ValueLayout.JAVA_INT, row, times[row]);
        }
    }

    /** Rows. */
    public int rows() {
        return rows;
    }

    /** Time of a row. */
    public int time(final int row) {
        return times[row];
    }

    /** Code of a row. */
    public int code(final int dimension, final int row) {
        return dimension < codes.length ? codes[dimension][row] : 0;
    }

    /** Value of a row, null for none. */
    public Double metric(final int metric, final int row) {
        return metric < metrics.length ? metrics[metric][row] : null;
    }

    private void fillCodes(final RandomGenerator random, final int d, final int limit) {
        final boolean empty = random.nextInt(6) == 0;
        for (int row = 0; row < rows; row++) {
            codes[d][row] = empty || random.nextInt(9) == 0 ? 0 : random.nextInt(limit + 1);
        }
        final int narrow = limit < 256 && random.nextBoolean() ? 1 : limit < 65_536 && random.nextBoolean() ? 2 : 4;
        widths[d] = empty && random.nextBoolean() ? 0 : narrow;
        codesAddresses[d] = allocate(Math.max(1, widths[d]));
        final MemorySegment column = segment(codesAddresses[d], Math.max(1, widths[d]));
        for (int row = 0; row < capacity; row++) {
            final int code = row < rows ? codes[d][row] : -1;
            switch (widths[d]) {
                case 1 -> column.set(ValueLayout.JAVA_BYTE, row, (byte) code);
                case 2 -> column.setAtIndex(ValueLayout.JAVA_SHORT, row, (short) code);
                case 4 -> column.setAtIndex(ValueLayout.JAVA_INT, row, code);
                default -> {
                }
            }
        }
    }

    private void fillMetric(final RandomGenerator random, final int metric) {
        final MetricEncoding encoding = MetricEncoding.values()[random.nextInt(MetricEncoding.values().length)];
        encodings[metric] = encoding;
        bases[metric] = random.nextInt(3) == 0 ? 0 : random.nextInt(-1_000_000, 1_000_000);
        final boolean whole = encoding != MetricEncoding.DOUBLE || random.nextBoolean();
        final int nullShare = random.nextInt(3);
        final MemorySegment column = segment(allocate(8), 8);
        final MemorySegment nulls = segment(allocate(8), 8);
        boolean anyNull = false;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (int row = 0; row < capacity; row++) {
            final boolean absent = encoding == MetricEncoding.ABSENT || nullShare > 0 && random.nextInt(4) < nullShare;
            final double value = store(column, encoding, row, bases[metric], random, whole);
            if (row < rows) {
                metrics[metric][row] = absent ? null : value;
                min = absent ? min : Math.min(min, value);
                max = absent ? max : Math.max(max, value);
            }
            if (absent) {
                anyNull |= row < rows;
                nulls.setAtIndex(ValueLayout.JAVA_LONG, row >>> 6, nulls.getAtIndex(ValueLayout.JAVA_LONG, row >>> 6) | 1L << row);
            }
        }
        metricAddresses[metric] = column.address();
        nullsAddresses[metric] = anyNull || encoding == MetricEncoding.ABSENT ? nulls.address() : 0;
        integers[metric] = whole;
        // zone maps may be wider than need be
        minMetrics[metric] = min - random.nextInt(2);
        maxMetrics[metric] = max + random.nextInt(2);
    }

    private static double store(
        final MemorySegment column, final MetricEncoding encoding, final int row, final double base, final RandomGenerator random,
        final boolean whole) {
        switch (encoding) {
            case UINT8 -> {
                final int stored = random.nextInt(256);
                column.set(ValueLayout.JAVA_BYTE, row, (byte) stored);
                return base + stored;
            }
            case UINT16 -> {
                final int stored = random.nextInt(65_536);
                column.setAtIndex(ValueLayout.JAVA_SHORT, row, (short) stored);
                return base + stored;
            }
            case UINT32 -> {
                final long stored = random.nextLong(1L << 32);
                column.setAtIndex(ValueLayout.JAVA_INT, row, (int) stored);
                return base + stored;
            }
            case DOUBLE -> {
                final double value = whole ? random.nextInt(5) == 0 ? random.nextLong(-(1L << 40), 1L << 40) : random.nextInt(-5, 5)
                    : random.nextGaussian() * Math.pow(10, random.nextInt(-8, 12));
                column.setAtIndex(ValueLayout.JAVA_DOUBLE, row, value);
                return value;
            }
            default -> {
                return base;
            }
        }
    }

    private long allocate(final int width) {
        return arena.allocate((long) capacity * width, 64).address();
    }

    private MemorySegment segment(final long address, final int width) {
        return NativeMemory.ALL.asSlice(address, (long) capacity * width);
    }

    @Override
    public long firstRow() {
        return 0;
    }

    @Override
    public int minOffsetUs() {
        return Arrays.stream(times).min().orElse(Integer.MAX_VALUE);
    }

    @Override
    public int maxOffsetUs() {
        return Arrays.stream(times).max().orElse(Integer.MIN_VALUE);
    }

    @Override
    public boolean isTimeSorted() {
        return sorted;
    }

    @Override
    public long timesAddress() {
        return timesAddress;
    }

    @Override
    public int dimensionCount() {
        return codes.length;
    }

    @Override
    public int codeWidthBytes(final int ordinal) {
        return ordinal < widths.length ? widths[ordinal] : 0;
    }

    @Override
    public long codesAddress(final int ordinal) {
        return codesAddresses[ordinal];
    }

    @Override
    public int metricCount() {
        return metrics.length;
    }

    @Override
    public MetricEncoding metricEncoding(final int ordinal) {
        return ordinal < metrics.length ? encodings[ordinal] : MetricEncoding.ABSENT;
    }

    @Override
    public double metricBase(final int ordinal) {
        return bases[ordinal];
    }

    @Override
    public long metricAddress(final int ordinal) {
        return metricAddresses[ordinal];
    }

    @Override
    public long nullsAddress(final int ordinal) {
        return nullsAddresses[ordinal];
    }

    @Override
    public boolean isInteger(final int ordinal) {
        return integers[ordinal];
    }

    @Override
    public double minMetric(final int ordinal) {
        return minMetrics[ordinal];
    }

    @Override
    public double maxMetric(final int ordinal) {
        return maxMetrics[ordinal];
    }
}
