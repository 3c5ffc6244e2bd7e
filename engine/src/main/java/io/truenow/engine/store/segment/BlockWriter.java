package io.truenow.engine.store.segment;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes runs of a batch's rows into a block of an open segment, a column at a time, and notes what the zone map tells. Belongs to the
 * lane.
 */
final class BlockWriter {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** Alignment is known to be right; these spare the test of it with each access. */
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int ID_BYTES = 16;
    /** Fewer bytes are copied faster by hand. */
    private static final int BULK_BYTES = 128;

    private final BatchImage image;
    private final BatchColumns columns;
    private final RowRuns runs;
    private int leastOffsetUs;
    private int greatestOffsetUs;

    BlockWriter(final BatchImage image, final BatchColumns columns, final RowRuns runs) {
        this.image = image;
        this.columns = columns;
        this.runs = runs;
    }

    /** Appends the runs at hand, which have so many rows. */
    void append(final OpenSegment segment, final OpenBlock block, final int count) {
        writeTimes(segment, block);
        writeIds(block);
        for (int ordinal = 0; ordinal < block.dimensionCount(); ordinal++) {
            writeCodes(segment, block, ordinal, count);
        }
        for (int ordinal = 0; ordinal < block.metricCount(); ordinal++) {
            writeMetric(block, ordinal, count);
        }
        block.onAppended(count, leastOffsetUs, greatestOffsetUs);
        segment.onAppended(count);
    }

    private void writeTimes(final OpenSegment segment, final OpenBlock block) {
        final boolean isNarrow = image.view().eventTimeWidth() == Integer.BYTES;
        final long sinceSpanUs = image.view().minEventTimeUs() - segment.spanStartUs();
        final long source = image.timesAddress();
        long target = block.timesAddress() + (long) block.rowCount() * Integer.BYTES;
        int least = Integer.MAX_VALUE;
        int greatest = Integer.MIN_VALUE;
        for (int run = runs.first; run < runs.last; run++) {
            for (int row = runs.starts[run], end = runs.ends[run]; row < end; row++) {
                // in a span, so the lower half of the sum is all of it
                final int offsetUs = (int) sinceSpanUs + (isNarrow
                    ? MEMORY.get(INT, source + (long) row * Integer.BYTES) : (int) MEMORY.get(LONG, source + (long) row * Long.BYTES));
                MEMORY.set(INT, target, offsetUs);
                least = Math.min(least, offsetUs);
                greatest = Math.max(greatest, offsetUs);
                target += Integer.BYTES;
            }
        }
        leastOffsetUs = least;
        greatestOffsetUs = greatest;
    }

    private void writeIds(final OpenBlock block) {
        long target = block.idsAddress() + (long) block.rowCount() * ID_BYTES;
        for (int run = runs.first; run < runs.last; run++) {
            final int lengthBytes = (runs.ends[run] - runs.starts[run]) * ID_BYTES;
            copyLongs(image.idsAddress() + (long) runs.starts[run] * ID_BYTES, target, lengthBytes);
            target += lengthBytes;
        }
    }

    private void writeCodes(final OpenSegment segment, final OpenBlock block, final int ordinal, final int count) {
        final int column = columns.dimensionColumn(ordinal);
        final long start = block.codesAddress(ordinal) + (long) block.rowCount() * Integer.BYTES;
        if (column < 0) {
            MEMORY.asSlice(start, (long) count * Integer.BYTES).fill((byte) 0);
            return;
        }
        final int width = image.view().width(column);
        final long source = image.arrayAddress(column);
        final int[] localCodes = columns.localCodes();
        final int base = columns.base(ordinal);
        int signs = 0;
        long target = start;
        for (int run = runs.first; run < runs.last; run++) {
            final int rows = runs.ends[run] - runs.starts[run];
            final long from = source + (long) runs.starts[run] * width;
            signs |= switch (width) {
                case Byte.BYTES -> translateBytes(from, target, rows, localCodes, base);
                case Short.BYTES -> translateShorts(from, target, rows, localCodes, base);
                default -> translateInts(from, target, rows, localCodes, base);
            };
            target += (long) rows * Integer.BYTES;
        }
        if (signs < 0) {
            addCodes(segment, ordinal, start);
        }
        segment.link(block, ordinal, count);
    }

    private static int translateBytes(final long source, final long target, final int count, final int[] codes, final int base) {
        int signs = 0;
        for (int i = 0; i < count; i++) {
            final int code = codes[base + (MEMORY.get(BYTE, source + i) & 0xff)];
            MEMORY.set(INT, target + (long) i * Integer.BYTES, code);
            signs |= code;
        }
        return signs;
    }

    private static int translateShorts(final long source, final long target, final int count, final int[] codes, final int base) {
        int signs = 0;
        for (int i = 0; i < count; i++) {
            final int code = codes[base + (MEMORY.get(SHORT, source + (long) i * Short.BYTES) & 0xffff)];
            MEMORY.set(INT, target + (long) i * Integer.BYTES, code);
            signs |= code;
        }
        return signs;
    }

    private static int translateInts(final long source, final long target, final int count, final int[] codes, final int base) {
        int signs = 0;
        for (int i = 0; i < count; i++) {
            final int code = codes[base + MEMORY.get(INT, source + (long) i * Integer.BYTES)];
            MEMORY.set(INT, target + (long) i * Integer.BYTES, code);
            signs |= code;
        }
        return signs;
    }

    /** Some of the rows just written have values that are new to the segment. */
    private void addCodes(final OpenSegment segment, final int ordinal, final long start) {
        final int column = columns.dimensionColumn(ordinal);
        long target = start;
        for (int run = runs.first; run < runs.last; run++) {
            for (int row = runs.starts[run], end = runs.ends[run]; row < end; row++) {
                if (MEMORY.get(INT, target) < 0) {
                    MEMORY.set(INT, target, columns.localCode(segment, ordinal, image.view().dimensionCode(column, row)));
                }
                target += Integer.BYTES;
            }
        }
    }

    private void writeMetric(final OpenBlock block, final int ordinal, final int count) {
        final int column = columns.metricColumn(ordinal);
        final long start = block.metricAddress(ordinal) + (long) block.rowCount() * Double.BYTES;
        if (column < 0) {
            MEMORY.asSlice(start, (long) count * Double.BYTES).fill((byte) 0);
            block.setNulls(ordinal, block.rowCount(), count);
            return;
        }
        final long source = image.arrayAddress(column);
        long target = start;
        for (int run = runs.first; run < runs.last; run++) {
            final int rows = runs.ends[run] - runs.starts[run];
            copyDoubles(block, ordinal, source + (long) runs.starts[run] * Double.BYTES, target, rows);
            target += (long) rows * Double.BYTES;
        }
        final long nulls = image.nullsAddress(column);
        if (nulls != 0) {
            writeNulls(block, ordinal, nulls);
        }
    }

    private static void copyDoubles(final OpenBlock block, final int ordinal, final long source, final long target, final int count) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        boolean hasFractions = false;
        for (int i = 0; i < count; i++) {
            final double value = MEMORY.get(DOUBLE, source + (long) i * Double.BYTES);
            MEMORY.set(DOUBLE, target + (long) i * Double.BYTES, value);
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
            hasFractions |= value != (double) (long) value;
        }
        block.onValues(ordinal, least, greatest, hasFractions || least < -Block.MAX_INTEGER || greatest > Block.MAX_INTEGER);
    }

    private void writeNulls(final OpenBlock block, final int ordinal, final long nulls) {
        int target = block.rowCount();
        for (int run = runs.first; run < runs.last; run++) {
            for (int row = runs.starts[run], end = runs.ends[run]; row < end; row++) {
                if ((MEMORY.get(BYTE, nulls + (row >>> 3)) & 1 << (row & 7)) != 0) {
                    block.setNull(ordinal, target);
                }
                target++;
            }
        }
    }

    private static void copyLongs(final long source, final long target, final int lengthBytes) {
        if (lengthBytes >= BULK_BYTES) {
            MemorySegment.copy(MEMORY, source, MEMORY, target, lengthBytes);
        } else {
            for (int at = 0; at < lengthBytes; at += Long.BYTES) {
                MEMORY.set(LONG, target + at, MEMORY.get(LONG, source + at));
            }
        }
    }
}
