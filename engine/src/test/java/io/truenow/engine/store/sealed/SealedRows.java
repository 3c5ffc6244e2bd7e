package io.truenow.engine.store.sealed;

import io.truenow.engine.model.Row;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Reads a sealed segment row by row, and checks on the way that its zone maps hold and its blocks are those that kernels expect. */
public final class SealedRows {
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private SealedRows() {
    }

    /** All rows, without ids, with as many columns as asked for. */
    public static List<Row> read(final SealedSegment segment, final ValueTable values, final int dimensions, final int metrics) {
        final List<Row> rows = new ArrayList<>();
        for (int index = 0; index < segment.blockCount(); index++) {
            final SealedBlock block = segment.block(index);
            assertEquals(rows.size(), block.firstRow());
            assertTrue(block.isTimeSorted());
            assertEquals(0, block.timesAddress() % 64);
            for (int i = 0; i < block.rowCount(); i++) {
                final int offsetUs = MEMORY.get(ValueLayout.JAVA_INT, block.timesAddress() + 4L * i);
                assertTrue(offsetUs >= block.minOffsetUs() && offsetUs <= block.maxOffsetUs());
                final List<String> texts = new ArrayList<>();
                for (int ordinal = 0; ordinal < dimensions; ordinal++) {
                    texts.add(text(segment, block, ordinal, i, values));
                }
                final List<Double> numbers = new ArrayList<>();
                for (int ordinal = 0; ordinal < metrics; ordinal++) {
                    numbers.add(number(block, ordinal, i));
                }
                rows.add(new Row(0, 0, segment.spanStartUs() + offsetUs, texts, numbers));
            }
        }
        assertEquals(segment.rowCount(), rows.size());
        return rows;
    }

    /** The local code of a row. */
    public static int code(final Block block, final int ordinal, final int row) {
        return switch (block.codeWidthBytes(ordinal)) {
            case 1 -> MEMORY.get(ValueLayout.JAVA_BYTE, block.codesAddress(ordinal) + row) & 0xFF;
            case 2 -> MEMORY.get(ValueLayout.JAVA_SHORT, block.codesAddress(ordinal) + 2L * row) & 0xFFFF;
            case 4 -> MEMORY.get(ValueLayout.JAVA_INT, block.codesAddress(ordinal) + 4L * row);
            default -> 0;
        };
    }

    private static String text(
        final Segment segment, final SealedBlock block, final int ordinal, final int row, final ValueTable values) {
        final int code = code(block, ordinal, row);
        assertTrue(block.mayHoldCode(ordinal, code));
        final SegmentDictionary dictionary = segment.dictionary(ordinal);
        if (code == 0) {
            return null;
        }
        final byte[] bytes = new byte[values.length(dictionary.laneCode(code))];
        values.copy(dictionary.laneCode(code), bytes, 0);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Double number(final SealedBlock block, final int ordinal, final int row) {
        final MetricEncoding encoding = block.metricEncoding(ordinal);
        if (encoding == MetricEncoding.ABSENT) {
            return null;
        }
        final long nulls = block.nullsAddress(ordinal);
        if (nulls != 0 && (MEMORY.get(ValueLayout.JAVA_LONG, nulls + 8L * (row >>> 6)) >>> row & 1) != 0) {
            return null;
        }
        final long at = block.metricAddress(ordinal);
        assertEquals(0, at % 64);
        final double base = block.metricBase(ordinal);
        final double value = switch (encoding) {
            case DOUBLE -> MEMORY.get(ValueLayout.JAVA_DOUBLE, at + 8L * row);
            case UINT8 -> base + (MEMORY.get(ValueLayout.JAVA_BYTE, at + row) & 0xFF);
            case UINT16 -> base + (MEMORY.get(ValueLayout.JAVA_SHORT, at + 2L * row) & 0xFFFF);
            case UINT32 -> base + (MEMORY.get(ValueLayout.JAVA_INT, at + 4L * row) & 0xFFFF_FFFFL);
            case CONSTANT, ABSENT -> base;
        };
        assertTrue(value >= block.minMetric(ordinal) && value <= block.maxMetric(ordinal));
        assertTrue(!block.isInteger(ordinal) || value == Math.rint(value) && Math.abs(value) <= Block.MAX_INTEGER);
        return value;
    }
}
