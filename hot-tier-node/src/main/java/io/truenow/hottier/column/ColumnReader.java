package io.truenow.hottier.column;

import io.truenow.fabric.memory.NativeMemory;
import io.truenow.hottier.segment.Block;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Columns of a block, whatever their encoding, into arrays: codes as ints, metrics as doubles. */
public final class ColumnReader {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    /** Whether the machine has vectors as wide as those used here; others are emulated, much slower than a plain loop. */
    private static final boolean WIDE = DoubleVector.SPECIES_PREFERRED.vectorBitSize() == Long.SIZE * Byte.SIZE;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private ColumnReader() {
    }

    /** Local codes of a dimension for rows fromRow .. toRow - 1, the first at index 0; 0 for null. */
    public static void codes(final Block block, final int dimension, final int fromRow, final int toRow, final int[] target) {
        final int count = toRow - fromRow;
        final int width = block.codeWidthBytes(dimension);
        final long address = width == 0 ? 0 : block.codesAddress(dimension) + (long) fromRow * width;
        switch (width) {
            case 0 -> Arrays.fill(target, 0, count, 0);
            case 1 -> widenBytes(address, target, count);
            case 2 -> widenShorts(address, target, count);
            default -> MemorySegment.copy(MEMORY, INT, address, target, 0, count);
        }
    }

    /** Local codes of a dimension for listed rows. */
    public static void codes(final Block block, final int dimension, final int[] rows, final int count, final int[] target) {
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
    public static void values(final Block block, final int metric, final int fromRow, final int toRow, final double[] target) {
        final int count = toRow - fromRow;
        final double base = block.metricBase(metric);
        final long address = block.metricAddress(metric) + (long) fromRow * block.metricEncoding(metric).widthBytes();
        switch (block.metricEncoding(metric)) {
            case DOUBLE -> MemorySegment.copy(MEMORY, DOUBLE, address, target, 0, count);
            case UINT8 -> decodeBytes(address, base, target, count);
            case UINT16 -> decodeShorts(address, base, target, count);
            case UINT32 -> decodeInts(address, base, target, count);
            default -> Arrays.fill(target, 0, count, base);
        }
    }

    /** Values of a metric for listed rows; nothing of use where the row lacks it. */
    public static void values(final Block block, final int metric, final int[] rows, final int count, final double[] target) {
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
    public static void wholes(
        final Block block, final int metric, final double base, final int fromRow, final int toRow, final int[] target) {
        final int count = toRow - fromRow;
        final long address = block.metricAddress(metric) + (long) fromRow * Double.BYTES;
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            DoubleVector.fromMemorySegment(DoubleVector.SPECIES_512, MEMORY, address + (long) i * Double.BYTES, ORDER).sub(base)
                .convertShape(VectorOperators.D2I, IntVector.SPECIES_256, 0).reinterpretAsInts().intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = (int) (MEMORY.get(DOUBLE, address + (long) i * Double.BYTES) - base);
        }
    }

    /** What is stored of a metric of one or two bytes, for rows fromRow .. toRow - 1. */
    public static void stored(final Block block, final int metric, final int fromRow, final int toRow, final int[] target) {
        if (block.metricEncoding(metric).widthBytes() == Byte.BYTES) {
            widenBytes(block.metricAddress(metric) + fromRow, target, toRow - fromRow);
        } else {
            widenShorts(block.metricAddress(metric) + (long) fromRow * Short.BYTES, target, toRow - fromRow);
        }
    }

    /** The same for listed rows. */
    public static void stored(final Block block, final int metric, final int[] rows, final int count, final int[] target) {
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

    private static void widenBytes(final long address, final int[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 16; i += 16) {
            ByteVector.fromMemorySegment(ByteVector.SPECIES_128, MEMORY, address + i, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0)
                .reinterpretAsInts().intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = MEMORY.get(BYTE, address + i) & 0xFF;
        }
    }

    private static void widenShorts(final long address, final int[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 16; i += 16) {
            ShortVector.fromMemorySegment(ShortVector.SPECIES_256, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, IntVector.SPECIES_512, 0)
                .reinterpretAsInts().intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = MEMORY.get(SHORT, address + (long) i * Short.BYTES) & 0xFFFF;
        }
    }

    private static void decodeBytes(final long address, final double base, final double[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            final var ints = ByteVector.fromMemorySegment(ByteVector.SPECIES_64, MEMORY, address + i, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_256, 0);
            ((DoubleVector) ints.convertShape(VectorOperators.I2D, DoubleVector.SPECIES_512, 0)).add(base).intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = base + (MEMORY.get(BYTE, address + i) & 0xFF);
        }
    }

    private static void decodeShorts(final long address, final double base, final double[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            final var ints = ShortVector.fromMemorySegment(ShortVector.SPECIES_128, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, IntVector.SPECIES_256, 0);
            ((DoubleVector) ints.convertShape(VectorOperators.I2D, DoubleVector.SPECIES_512, 0)).add(base).intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = base + (MEMORY.get(SHORT, address + (long) i * Short.BYTES) & 0xFFFF);
        }
    }

    private static void decodeInts(final long address, final double base, final double[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            final var longs = IntVector.fromMemorySegment(IntVector.SPECIES_256, MEMORY, address + (long) i * Integer.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_I2L, LongVector.SPECIES_512, 0);
            ((DoubleVector) longs.convertShape(VectorOperators.L2D, DoubleVector.SPECIES_512, 0)).add(base).intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = base + (MEMORY.get(INT, address + (long) i * Integer.BYTES) & 0xFFFF_FFFFL);
        }
    }
}
