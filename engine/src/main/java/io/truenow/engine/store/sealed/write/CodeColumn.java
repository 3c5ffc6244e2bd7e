package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.sealed.SealedFormat;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.segment.Block;
import io.truenow.fabric.memory.NativeMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Writes a dimension's codes in the rows' order. Reused; one thread. */
final class CodeColumn {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final MemorySegment memory = NativeMemory.ALL;
    private final int[] codes = new int[Block.MAX_ROWS];
    private final long[] bits = new long[SealedFormat.ZONE_CODES / Long.SIZE];
    private final SourceRows rows;
    private final long order;
    private final long[] addresses;
    private final int[] widths;
    private final int[][] maps;
    private boolean isPlain;

    CodeColumn(final SourceRows rows, final long order) {
        this.rows = rows;
        this.order = order;
        this.addresses = new long[rows.blocks.length];
        this.widths = new int[rows.blocks.length];
        this.maps = new int[rows.blocks.length][];
    }

    /** Writes the section of a dimension and its part of the zone maps. */
    void write(final int ordinal, final CodeMaps dictionary, final SectionWriter writer, final ZoneMaps zones) throws IOException {
        final int width = SealedFormat.codeWidthBytes(dictionary.size());
        isPlain = true;
        for (int i = 0; i < addresses.length; i++) {
            widths[i] = rows.blocks[i].codeWidthBytes(ordinal);
            addresses[i] = widths[i] == 0 ? 0 : rows.blocks[i].codesAddress(ordinal);
            maps[i] = dictionary.of(rows.segmentOfBlock[i]);
            isPlain &= maps[i] == null && (widths[i] == 0 || widths[i] == Integer.BYTES);
        }
        if (width > 0) {
            for (int block = 0, from = 0; from < rows.rowCount; block++, from += Block.MAX_ROWS) {
                final int count = Math.min(Block.MAX_ROWS, rows.rowCount - from);
                if (isPlain) {
                    gatherPlain(from, count);
                } else {
                    gather(from, count);
                }
                summarize(block, ordinal, count, zones);
                put(width, count, writer);
                writer.pad();
            }
        }
        writer.end(SectionKind.CODES, ordinal, width);
    }

    private void gatherPlain(final int from, final int count) {
        final long start = order + (long) from * Long.BYTES;
        for (int i = 0; i < count; i++) {
            final long key = memory.get(ValueLayout.JAVA_LONG, start + (long) i * Long.BYTES);
            final long address = addresses[(int) (key >>> SourceRows.ROW_BITS) & RowOrder.BLOCK_MASK];
            codes[i] = address == 0 ? 0 : memory.get(INT, address + (key & RowOrder.ROW_MASK) * Integer.BYTES);
        }
    }

    private void gather(final int from, final int count) {
        final long start = order + (long) from * Long.BYTES;
        for (int i = 0; i < count; i++) {
            final long key = memory.get(ValueLayout.JAVA_LONG, start + (long) i * Long.BYTES);
            final int block = (int) (key >>> SourceRows.ROW_BITS) & RowOrder.BLOCK_MASK;
            final int row = (int) key & RowOrder.ROW_MASK;
            final int code = switch (widths[block]) {
                case Byte.BYTES -> memory.get(BYTE, addresses[block] + row) & 0xFF;
                case Short.BYTES -> memory.get(SHORT, addresses[block] + (long) row * Short.BYTES) & 0xFFFF;
                case Integer.BYTES -> memory.get(INT, addresses[block] + (long) row * Integer.BYTES);
                default -> 0;
            };
            codes[i] = maps[block] == null ? code : maps[block][code];
        }
    }

    private void summarize(final int block, final int ordinal, final int count, final ZoneMaps zones) {
        int min = Integer.MAX_VALUE;
        int max = 0;
        for (int i = 0; i < count; i++) {
            min = Math.min(min, codes[i]);
            max = Math.max(max, codes[i]);
        }
        if (max < SealedFormat.ZONE_CODES) {
            Arrays.fill(bits, 0);
            for (int i = 0; i < count; i++) {
                bits[codes[i] >>> 6] |= 1L << codes[i];
            }
        }
        zones.codes(block, ordinal, min, max, bits);
    }

    private void put(final int width, final int count, final SectionWriter writer) throws IOException {
        final long at = writer.room(count * width);
        switch (width) {
            case Byte.BYTES -> {
                for (int i = 0; i < count; i++) {
                    memory.set(BYTE, at + i, (byte) codes[i]);
                }
            }
            case Short.BYTES -> {
                for (int i = 0; i < count; i++) {
                    memory.set(SHORT, at + (long) i * Short.BYTES, (short) codes[i]);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    memory.set(INT, at + (long) i * Integer.BYTES, codes[i]);
                }
            }
        }
        writer.advance(count * width);
    }
}
