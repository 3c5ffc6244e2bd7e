package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.sealed.SealedFormat;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.fabric.memory.NativeMemory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes a metric's values and null bits in the rows' order, each block in its narrowest encoding. Reused; one thread. */
final class MetricColumn {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;
    private static final long MAX_UINT32 = 0xFFFF_FFFFL;

    private final MemorySegment memory = NativeMemory.ALL;
    private final double[] values = new double[Block.MAX_ROWS];
    private final long[] nulls = new long[Block.MAX_ROWS / Long.SIZE];
    private final ByteBuffer nullBytes = ByteBuffer.allocate(SealedFormat.NULL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final ValueRange range = new ValueRange();
    private final SourceRows rows;
    private final long order;
    private final MetricEncoding[] encodings;
    private final long[] addresses;
    private final double[] bases;
    private final long[] nullAddresses;
    private boolean isPlain;

    MetricColumn(final SourceRows rows, final long order) {
        this.rows = rows;
        this.order = order;
        this.encodings = new MetricEncoding[rows.blocks.length];
        this.addresses = new long[rows.blocks.length];
        this.bases = new double[rows.blocks.length];
        this.nullAddresses = new long[rows.blocks.length];
    }

    /** Writes the two sections of a metric and its part of the zone maps. */
    void write(final int ordinal, final SectionWriter writer, final ZoneMaps zones) throws IOException {
        isPlain = true;
        for (int i = 0; i < addresses.length; i++) {
            final Block block = rows.blocks[i];
            encodings[i] = block.metricEncoding(ordinal);
            final boolean isAbsent = encodings[i] == MetricEncoding.ABSENT;
            addresses[i] = encodings[i].widthBytes() == 0 ? 0 : block.metricAddress(ordinal);
            bases[i] = isAbsent ? 0 : block.metricBase(ordinal);
            nullAddresses[i] = isAbsent ? 0 : block.nullsAddress(ordinal);
            isPlain &= encodings[i] == MetricEncoding.DOUBLE && nullAddresses[i] == 0;
        }
        final ByteArrayOutputStream nullBits = new ByteArrayOutputStream();
        for (int block = 0, from = 0; from < rows.rowCount; block++, from += Block.MAX_ROWS) {
            final int count = Math.min(Block.MAX_ROWS, rows.rowCount - from);
            final boolean hasNulls = !isPlain && gather(from, count);
            if (isPlain) {
                gatherPlain(from, count);
            }
            range.of(values, count, nulls, hasNulls);
            final MetricEncoding encoding = range.encoding();
            zones.metric(block, ordinal, encoding, range);
            final boolean keepsNulls = hasNulls && encoding != MetricEncoding.ABSENT;
            zones.metricPlace(block, ordinal, writer.sectionPosition(), keepsNulls ? nullBits.size() : -1);
            if (keepsNulls) {
                nullBytes.asLongBuffer().put(nulls);
                nullBits.write(nullBytes.array());
            }
            put(encoding, count, hasNulls, writer);
            writer.pad();
        }
        writer.end(SectionKind.METRIC, ordinal, 0);
        writer.put(nullBits.toByteArray(), nullBits.size());
        writer.end(SectionKind.NULLS, ordinal, 0);
    }

    private void gatherPlain(final int from, final int count) {
        final long start = order + (long) from * Long.BYTES;
        for (int i = 0; i < count; i++) {
            final long key = memory.get(LONG, start + (long) i * Long.BYTES);
            final long address = addresses[(int) (key >>> SourceRows.ROW_BITS) & RowOrder.BLOCK_MASK];
            values[i] = memory.get(DOUBLE, address + (key & RowOrder.ROW_MASK) * Double.BYTES);
        }
    }

    /** Returns whether a row has no value. */
    private boolean gather(final int from, final int count) {
        final long start = order + (long) from * Long.BYTES;
        Arrays.fill(nulls, 0);
        boolean hasNulls = false;
        for (int i = 0; i < count; i++) {
            final long key = memory.get(LONG, start + (long) i * Long.BYTES);
            final int block = (int) (key >>> SourceRows.ROW_BITS) & RowOrder.BLOCK_MASK;
            final int row = (int) key & RowOrder.ROW_MASK;
            if (encodings[block] == MetricEncoding.ABSENT || isNull(nullAddresses[block], row)) {
                nulls[i >>> 6] |= 1L << i;
                values[i] = 0;
                hasNulls = true;
            } else {
                values[i] = value(block, row);
            }
        }
        return hasNulls;
    }

    private boolean isNull(final long address, final int row) {
        return address != 0 && (memory.get(LONG, address + (long) (row >>> 6) * Long.BYTES) >>> row & 1) != 0;
    }

    private double value(final int block, final int row) {
        final long address = addresses[block];
        return switch (encodings[block]) {
            case DOUBLE -> memory.get(DOUBLE, address + (long) row * Double.BYTES);
            case UINT8 -> bases[block] + (memory.get(BYTE, address + row) & 0xFF);
            case UINT16 -> bases[block] + (memory.get(SHORT, address + (long) row * Short.BYTES) & 0xFFFF);
            case UINT32 -> bases[block] + (memory.get(INT, address + (long) row * Integer.BYTES) & MAX_UINT32);
            case CONSTANT, ABSENT -> bases[block];
        };
    }

    private void put(final MetricEncoding encoding, final int count, final boolean hasNulls, final SectionWriter writer)
        throws IOException {
        final int lengthBytes = count * encoding.widthBytes();
        final long at = writer.room(lengthBytes);
        final double base = range.min();
        if (hasNulls && encoding != MetricEncoding.DOUBLE) {
            // stored as 0, so that it decodes to a value of the block's range
            for (int i = 0; i < count; i++) {
                values[i] = (nulls[i >>> 6] >>> i & 1) == 0 ? values[i] : base;
            }
        }
        switch (encoding) {
            case DOUBLE -> {
                for (int i = 0; i < count; i++) {
                    memory.set(DOUBLE, at + (long) i * Double.BYTES, values[i]);
                }
            }
            case UINT8 -> {
                for (int i = 0; i < count; i++) {
                    memory.set(BYTE, at + i, (byte) (long) (values[i] - base));
                }
            }
            case UINT16 -> {
                for (int i = 0; i < count; i++) {
                    memory.set(SHORT, at + (long) i * Short.BYTES, (short) (long) (values[i] - base));
                }
            }
            case UINT32 -> {
                for (int i = 0; i < count; i++) {
                    memory.set(INT, at + (long) i * Integer.BYTES, (int) (long) (values[i] - base));
                }
            }
            default -> {
                // nothing is stored
            }
        }
        writer.advance(lengthBytes);
    }
}
