package io.truenow.engine.scan.column;

import io.truenow.engine.scan.loop.Loops;
import io.truenow.engine.store.segment.Block;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Columns of a block, whatever their encoding, into arrays: codes as ints, metrics as doubles. One thread. */
public final class ColumnReader {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final Loops loops;

    /** A reader of the thread whose loops they are. */
    public ColumnReader(final Loops loops) {
        this.loops = loops;
    }

    /** Local codes of a dimension for rows fromRow .. toRow - 1, the first at index 0; 0 for null. */
    public void codes(final Block block, final int dimension, final int fromRow, final int toRow, final int[] target) {
        final int count = toRow - fromRow;
        final int width = block.codeWidthBytes(dimension);
        final long address = width == 0 ? 0 : block.codesAddress(dimension) + (long) fromRow * width;
        switch (width) {
            case 0 -> Arrays.fill(target, 0, count, 0);
            case 1 -> loops.now().widenBytes(address, target, count);
            case 2 -> loops.now().widenShorts(address, target, count);
            default -> MemorySegment.copy(MEMORY, INT, address, target, 0, count);
        }
    }

    /** Local codes of a dimension for listed rows. */
    public void codes(final Block block, final int dimension, final int[] rows, final int count, final int[] target) {
        final int width = block.codeWidthBytes(dimension);
        final long address = width == 0 ? 0 : block.codesAddress(dimension);
        switch (width) {
            case 0 -> Arrays.fill(target, 0, count, 0);
            case 1 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = MEMORY.get(BYTE, address + rows[i]) & 0xFF;
                }
            }
            case 2 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = MEMORY.get(SHORT, address + (long) rows[i] * Short.BYTES) & 0xFFFF;
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[i] = MEMORY.get(INT, address + (long) rows[i] * Integer.BYTES);
                }
            }
        }
    }

    /** Values of a metric for rows fromRow .. toRow - 1, the first at index 0; nothing of use where the row lacks it. */
    public void values(final Block block, final int metric, final int fromRow, final int toRow, final double[] target) {
        final int count = toRow - fromRow;
        final double base = block.metricBase(metric);
        final long address = block.metricAddress(metric) + (long) fromRow * block.metricEncoding(metric).widthBytes();
        switch (block.metricEncoding(metric)) {
            case DOUBLE -> MemorySegment.copy(MEMORY, DOUBLE, address, target, 0, count);
            case UINT8 -> loops.now().decodeBytes(address, base, target, count);
            case UINT16 -> loops.now().decodeShorts(address, base, target, count);
            case UINT32 -> loops.now().decodeInts(address, base, target, count);
            default -> Arrays.fill(target, 0, count, base);
        }
    }

    /** Values of a metric for listed rows; nothing of use where the row lacks it. */
    public void values(final Block block, final int metric, final int[] rows, final int count, final double[] target) {
        final double base = block.metricBase(metric);
        final long address = block.metricAddress(metric);
        switch (block.metricEncoding(metric)) {
            case DOUBLE -> {
                for (int i = 0; i < count; i++) {
                    target[i] = MEMORY.get(DOUBLE, address + (long) rows[i] * Double.BYTES);
                }
            }
            case UINT8 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = base + (MEMORY.get(BYTE, address + rows[i]) & 0xFF);
                }
            }
            case UINT16 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = base + (MEMORY.get(SHORT, address + (long) rows[i] * Short.BYTES) & 0xFFFF);
                }
            }
            case UINT32 -> {
                for (int i = 0; i < count; i++) {
                    target[i] = base + (MEMORY.get(INT, address + (long) rows[i] * Integer.BYTES) & 0xFFFF_FFFFL);
                }
            }
            default -> Arrays.fill(target, 0, count, base);
        }
    }

    /** Values of a metric held as doubles, counted from a base, for rows fromRow .. toRow - 1: whole numbers that fit then. */
    public void wholes(
        final Block block, final int metric, final double base, final int fromRow, final int toRow, final int[] target) {
        loops.now().wholes(block.metricAddress(metric) + (long) fromRow * Double.BYTES, base, target, toRow - fromRow);
    }

    /** What is stored of a metric of one or two bytes, for rows fromRow .. toRow - 1. */
    public void stored(final Block block, final int metric, final int fromRow, final int toRow, final int[] target) {
        if (block.metricEncoding(metric).widthBytes() == Byte.BYTES) {
            loops.now().widenBytes(block.metricAddress(metric) + fromRow, target, toRow - fromRow);
        } else {
            loops.now().widenShorts(block.metricAddress(metric) + (long) fromRow * Short.BYTES, target, toRow - fromRow);
        }
    }

    /** The same for listed rows. */
    public void stored(final Block block, final int metric, final int[] rows, final int count, final int[] target) {
        final long address = block.metricAddress(metric);
        if (block.metricEncoding(metric).widthBytes() == Byte.BYTES) {
            for (int i = 0; i < count; i++) {
                target[i] = MEMORY.get(BYTE, address + rows[i]) & 0xFF;
            }
        } else {
            for (int i = 0; i < count; i++) {
                target[i] = MEMORY.get(SHORT, address + (long) rows[i] * Short.BYTES) & 0xFFFF;
            }
        }
    }

    /** Null bits of the 64 rows of a word. */
    public static long nullBits(final long nullsAddress, final int word) {
        return MEMORY.get(LONG, nullsAddress + (long) word * Long.BYTES);
    }

    /** Whether a row lacks a metric that has null bits. */
    public static boolean isNull(final long nullsAddress, final int row) {
        return (nullBits(nullsAddress, row >>> 6) >>> row & 1) != 0;
    }

    /** Time of a row, in microseconds since the span's start. */
    public static int time(final long timesAddress, final int row) {
        return MEMORY.get(INT, timesAddress + (long) row * Integer.BYTES);
    }

    /** First row of a range of a block sorted by time whose time is not below the limit, or its end. */
    public static int firstAtOrAfter(final long timesAddress, final int fromRow, final int toRow, final int limitUs) {
        int low = fromRow;
        int high = toRow;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (time(timesAddress, middle) < limitUs) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
