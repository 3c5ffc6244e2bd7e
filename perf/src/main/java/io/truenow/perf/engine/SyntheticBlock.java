package io.truenow.perf.engine;

import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * A full block of made-up rows as open or as sealed segments hold them: dimensions country (50 values), device (5) and page (1 000);
 * metrics amount (whole, below 10 000), quantity (whole, below 10) and price (fractions).
 */
final class SyntheticBlock extends Block {
    /** Values of the dimensions. */
    static final int[] DISTINCT = {50, 5, 1_000};
    /** Ordinals of the metrics. */
    static final int AMOUNT = 0;
    static final int QUANTITY = 1;
    static final int PRICE = 2;

    private static final int[] SEALED_WIDTHS = {1, 1, 2};
    private static final MetricEncoding[] SEALED_ENCODINGS = {MetricEncoding.UINT16, MetricEncoding.UINT8, MetricEncoding.DOUBLE};
    private static final double[] MAX_METRICS = {9_999, 9, 100};

    private final boolean sealed;
    private final int minOffsetUs;
    private final int maxOffsetUs;
    private final long timesAddress;
    private final long[] codesAddresses = new long[DISTINCT.length];
    private final long[] metricAddresses = new long[MAX_METRICS.length];

    /** The block of that number of so many that fill a span. */
    SyntheticBlock(final Arena arena, final SplittableRandom random, final int number, final int blocks, final boolean sealed) {
        this.sealed = sealed;
        final int lengthUs = Spans.SPAN_US / blocks;
        minOffsetUs = number * lengthUs;
        maxOffsetUs = minOffsetUs + lengthUs - 1;
        timesAddress = arena.allocate(MAX_ROWS * (long) Integer.BYTES, 64).address();
        for (int i = 0; i < codesAddresses.length; i++) {
            codesAddresses[i] = arena.allocate((long) MAX_ROWS * codeWidthBytes(i), 64).address();
        }
        for (int i = 0; i < metricAddresses.length; i++) {
            metricAddresses[i] = arena.allocate((long) MAX_ROWS * metricEncoding(i).widthBytes(), 64).address();
        }
        for (int row = 0; row < MAX_ROWS; row++) {
            final long inOrder = (long) row * lengthUs / MAX_ROWS;
            final int time = minOffsetUs + (int) (sealed ? inOrder : Math.min(lengthUs - 1, inOrder + random.nextInt(1_000)));
            NativeMemory.ALL.set(ValueLayout.JAVA_INT, timesAddress + row * 4L, time);
            for (int i = 0; i < codesAddresses.length; i++) {
                set(codesAddresses[i], row, codeWidthBytes(i), 1 + random.nextInt(DISTINCT[i]));
            }
            setMetric(AMOUNT, row, random.nextInt(10_000));
            setMetric(QUANTITY, row, random.nextInt(10));
            setMetric(PRICE, row, random.nextDouble() * 100);
        }
    }

    private void setMetric(final int metric, final int row, final double value) {
        if (metricEncoding(metric) == MetricEncoding.DOUBLE) {
            NativeMemory.ALL.set(ValueLayout.JAVA_DOUBLE, metricAddresses[metric] + row * 8L, value);
        } else {
            set(metricAddresses[metric], row, metricEncoding(metric).widthBytes(), (int) value);
        }
    }

    private static void set(final long address, final int row, final int width, final int value) {
        final MemorySegment memory = NativeMemory.ALL;
        switch (width) {
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, address + row, (byte) value);
            case 2 -> memory.set(ValueLayout.JAVA_SHORT, address + row * 2L, (short) value);
            default -> memory.set(ValueLayout.JAVA_INT, address + row * 4L, value);
        }
    }

    @Override
    public long firstRow() {
        return 0;
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
        return sealed;
    }

    @Override
    public long timesAddress() {
        return timesAddress;
    }

    @Override
    public int dimensionCount() {
        return DISTINCT.length;
    }

    @Override
    public int codeWidthBytes(final int ordinal) {
        return sealed ? SEALED_WIDTHS[ordinal] : Integer.BYTES;
    }

    @Override
    public long codesAddress(final int ordinal) {
        return codesAddresses[ordinal];
    }

    @Override
    public int metricCount() {
        return MAX_METRICS.length;
    }

    @Override
    public MetricEncoding metricEncoding(final int ordinal) {
        return sealed ? SEALED_ENCODINGS[ordinal] : MetricEncoding.DOUBLE;
    }

    @Override
    public double metricBase(final int ordinal) {
        return 0;
    }

    @Override
    public long metricAddress(final int ordinal) {
        return metricAddresses[ordinal];
    }

    @Override
    public long nullsAddress(final int ordinal) {
        return 0;
    }

    @Override
    public boolean isInteger(final int ordinal) {
        return ordinal != PRICE;
    }

    @Override
    public double minMetric(final int ordinal) {
        return 0;
    }

    @Override
    public double maxMetric(final int ordinal) {
        return MAX_METRICS[ordinal];
    }
}
