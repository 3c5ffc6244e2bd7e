package io.truenow.engine.store.sealed;

import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** 4 096 rows of a mapped segment, the last block's excepted, as its zone map tells of them. Never changes; any thread. */
public final class SealedBlock extends Block {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;
    private static final MetricEncoding[] ENCODINGS = MetricEncoding.values();

    private final SealedColumns columns;
    private final int index;
    private final long zone;

    SealedBlock(final SealedColumns columns, final int index) {
        this.columns = columns;
        this.index = index;
        this.zone = columns.zoneAddress(index);
    }

    @Override
    public long firstRow() {
        return (long) index * MAX_ROWS;
    }

    /** Its rows. */
    public int rowCount() {
        return Math.min(MAX_ROWS, columns.rowCount() - index * MAX_ROWS);
    }

    @Override
    public int minOffsetUs() {
        return MEMORY.get(INT, zone);
    }

    @Override
    public int maxOffsetUs() {
        return MEMORY.get(INT, zone + Integer.BYTES);
    }

    @Override
    public boolean isTimeSorted() {
        return true;
    }

    @Override
    public long timesAddress() {
        return columns.timesAddress() + firstRow() * Integer.BYTES;
    }

    @Override
    public int dimensionCount() {
        return columns.dimensionCount();
    }

    @Override
    public int codeWidthBytes(final int ordinal) {
        return ordinal < columns.dimensionCount() && maxCode(ordinal) > 0 ? columns.codeWidthBytes(ordinal) : 0;
    }

    @Override
    public long codesAddress(final int ordinal) {
        return columns.codesAddress(ordinal) + firstRow() * columns.codeWidthBytes(ordinal);
    }

    /** No row has a lesser code of a dimension that the segment has; 0 is null. */
    public int minCode(final int ordinal) {
        return MEMORY.get(INT, zone + SealedFormat.zoneDimension(ordinal));
    }

    /** No row has a greater code of a dimension that the segment has. */
    public int maxCode(final int ordinal) {
        return MEMORY.get(INT, zone + SealedFormat.zoneDimension(ordinal) + Integer.BYTES);
    }

    /** Whether a row may have this code, 0 for null; false is certain. Ordinals may exceed the columns. */
    public boolean mayHoldCode(final int ordinal, final int code) {
        if (ordinal >= columns.dimensionCount()) {
            return code == 0;
        }
        if (code < minCode(ordinal) || code > maxCode(ordinal)) {
            return false;
        }
        if (maxCode(ordinal) >= SealedFormat.ZONE_CODES) {
            return true;
        }
        final long bits = zone + SealedFormat.zoneDimension(ordinal) + SealedFormat.ZONE_CODE_BITS;
        return (MEMORY.get(LONG, bits + (long) (code >>> 6) * Long.BYTES) >>> code & 1) != 0;
    }

    @Override
    public int metricCount() {
        return columns.metricCount();
    }

    @Override
    public MetricEncoding metricEncoding(final int ordinal) {
        return ordinal < columns.metricCount() ? ENCODINGS[MEMORY.get(INT, metricZone(ordinal))] : MetricEncoding.ABSENT;
    }

    @Override
    public double metricBase(final int ordinal) {
        return MEMORY.get(DOUBLE, metricZone(ordinal) + SealedFormat.ZONE_BASE);
    }

    @Override
    public long metricAddress(final int ordinal) {
        return columns.metricAddress(ordinal) + MEMORY.get(LONG, metricZone(ordinal) + SealedFormat.ZONE_VALUES);
    }

    @Override
    public long nullsAddress(final int ordinal) {
        final long offset = MEMORY.get(LONG, metricZone(ordinal) + SealedFormat.ZONE_NULLS);
        return offset < 0 ? 0 : columns.nullsAddress(ordinal) + offset;
    }

    @Override
    public boolean isInteger(final int ordinal) {
        return (MEMORY.get(INT, metricZone(ordinal) + SealedFormat.ZONE_FLAGS) & SealedFormat.FLAG_INTEGER) != 0;
    }

    @Override
    public double minMetric(final int ordinal) {
        return MEMORY.get(DOUBLE, metricZone(ordinal) + SealedFormat.ZONE_MIN);
    }

    @Override
    public double maxMetric(final int ordinal) {
        return MEMORY.get(DOUBLE, metricZone(ordinal) + SealedFormat.ZONE_MAX);
    }

    private long metricZone(final int ordinal) {
        return zone + SealedFormat.zoneMetric(columns.dimensionCount(), ordinal);
    }
}
