package io.truenow.engine.store.segment;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How a block of an open segment lies in its memory, for C rows (a multiple of 16), D dimensions, M metrics, L linked dimensions:
 *
 * <pre>
 *    0  int32 magic, int32 C, int32 D, int32 M
 *   16  int64 reference (handle + 1, 0 for none) of the block that was linked before it
 *   24  int64 number of its first row in the segment
 *   32  int64 uid of the segment
 *   40  int32 L, int32 0, int64[2] 0
 *   64  event times    int32[C]        since the span's start
 *       event ids      int64[2 * C]    high, low
 *       dimension 0..  int32[C] each   local code, 0 for null
 *       metric 0..     double[C] each  0.0 for null
 *       nulls 0..      bit[C] each, in longs, of the metric: set for null
 *       links 0..      int32[C] each, of dimensions that {@link OpenBlock} tells, see
 *                      {@link io.truenow.engine.store.value.RowChains}; of no meaning to another process
 * </pre>
 * Every array begins at a multiple of 8. How many rows count is told by the segment's header.
 */
final class BlockLayout {
    static final int MAX_ROWS = 4_096;
    static final int MIN_ROWS = 16;
    static final int HEADER_BYTES = 64;

    private static final int MAGIC = 0x524f_5753;
    private static final int CAPACITY_OFFSET = 4;
    private static final int DIMENSIONS_OFFSET = 8;
    private static final int METRICS_OFFSET = 12;
    private static final int NEXT_OFFSET = 16;
    private static final int FIRST_ROW_OFFSET = 24;
    private static final int UID_OFFSET = 32;
    private static final int LINKS_OFFSET = 40;
    private static final int MAX_COLUMNS = 1 << 13;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private BlockLayout() {
    }

    /** Of a block that there is. */
    static int lengthBytes(final long address) {
        return lengthBytes(capacity(address), dimensionCount(address), metricCount(address), linkCount(address));
    }

    static int lengthBytes(final int capacity, final int dimensionCount, final int metricCount, final int linkCount) {
        return HEADER_BYTES + capacity * rowBytes(dimensionCount + linkCount, metricCount) + metricCount * nullBytes(capacity);
    }

    /** Bytes of the null bits of one metric. */
    static int nullBytes(final int capacity) {
        return (capacity + Long.SIZE - 1) / Long.SIZE * Long.BYTES;
    }

    /** Rows for a block: those wanted, or fewer if a tenth of its power of two would be wasted, at most what one block can hold. */
    static int capacity(
        final int wantedRows, final int dimensionCount, final int metricCount, final int linkCount, final int maxBlockBytes) {
        final int wanted = Math.clamp((wantedRows + MIN_ROWS - 1) / MIN_ROWS * (long) MIN_ROWS, MIN_ROWS, MAX_ROWS);
        final int bytes = lengthBytes(wanted, dimensionCount, metricCount, linkCount);
        int limitBytes = BlockPool.blockBytes(bytes);
        if (wanted > MIN_ROWS && bytes < limitBytes - limitBytes / 10) {
            limitBytes /= 2;
        }
        limitBytes = Math.min(limitBytes, maxBlockBytes);
        int capacity =
            Math.min(wanted, (limitBytes - HEADER_BYTES) / rowBytes(dimensionCount + linkCount, metricCount) / MIN_ROWS * MIN_ROWS);
        while (capacity > MIN_ROWS && lengthBytes(capacity, dimensionCount, metricCount, linkCount) > limitBytes) {
            capacity -= MIN_ROWS;
        }
        return Math.max(capacity, MIN_ROWS);
    }

    static void write(
        final long address, final int capacity, final int dimensionCount, final int metricCount, final int linkCount) {
        MEMORY.asSlice(address, HEADER_BYTES).fill((byte) 0);
        MEMORY.set(INT, address, MAGIC);
        MEMORY.set(INT, address + CAPACITY_OFFSET, capacity);
        MEMORY.set(INT, address + DIMENSIONS_OFFSET, dimensionCount);
        MEMORY.set(INT, address + METRICS_OFFSET, metricCount);
        MEMORY.set(INT, address + LINKS_OFFSET, linkCount);
    }

    static void writeOwner(final long address, final long uid, final long firstRow, final long next) {
        MEMORY.set(LONG, address + UID_OFFSET, uid);
        MEMORY.set(LONG, address + FIRST_ROW_OFFSET, firstRow);
        MEMORY.set(LONG, address + NEXT_OFFSET, next);
    }

    static boolean isBlock(final long address, final long uid) {
        return MEMORY.get(INT, address) == MAGIC && MEMORY.get(LONG, address + UID_OFFSET) == uid
            && capacity(address) >= MIN_ROWS && capacity(address) <= MAX_ROWS && capacity(address) % MIN_ROWS == 0
            && dimensionCount(address) >= 0 && dimensionCount(address) < MAX_COLUMNS
            && metricCount(address) >= 0 && metricCount(address) < MAX_COLUMNS
            && linkCount(address) >= 0 && linkCount(address) < MAX_COLUMNS && firstRow(address) >= 0;
    }

    static int capacity(final long address) {
        return MEMORY.get(INT, address + CAPACITY_OFFSET);
    }

    static int dimensionCount(final long address) {
        return MEMORY.get(INT, address + DIMENSIONS_OFFSET);
    }

    static int metricCount(final long address) {
        return MEMORY.get(INT, address + METRICS_OFFSET);
    }

    static int linkCount(final long address) {
        return MEMORY.get(INT, address + LINKS_OFFSET);
    }

    static long firstRow(final long address) {
        return MEMORY.get(LONG, address + FIRST_ROW_OFFSET);
    }

    static long next(final long address) {
        return MEMORY.get(LONG, address + NEXT_OFFSET);
    }

    private static int rowBytes(final int dimensionCount, final int metricCount) {
        return Integer.BYTES + 2 * Long.BYTES + dimensionCount * Integer.BYTES + metricCount * Double.BYTES;
    }
}
