package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.sealed.SealedFormat;
import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.sealed.SegmentHeader;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.NativeMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes the content of one segment file, column after column. One thread, one file. */
final class SegmentEncoder {
    private final MemorySegment memory = NativeMemory.ALL;
    private final SourceRows rows;
    private final ValueTable values;
    private final Scratch buffers;
    private final Scratch sorting;
    private final CodeMaps[] dictionaries;
    private final ZoneMaps zones;
    private long order;
    private int postingsCount;

    /**
     * For the rows of some segments of a lane.
     *
     * @param values  of the lane.
     * @param buffers for the write buffer.
     * @param sorting for everything that grows with the rows: 8 bytes each.
     */
    SegmentEncoder(final SourceRows rows, final ValueTable values, final Scratch buffers, final Scratch sorting) {
        this.rows = rows;
        this.values = values;
        this.buffers = buffers;
        this.sorting = sorting;
        this.zones = new ZoneMaps(SealedFormat.blockCount(rows.rowCount), rows.dimensionCount, rows.metricCount);
        this.dictionaries = new CodeMaps[rows.dimensionCount];
        for (int i = 0; i < dictionaries.length; i++) {
            dictionaries[i] = new CodeMaps(rows.segments, i);
            postingsCount += dictionaries[i].size() > SealedFormat.MAX_VALUES_WITHOUT_POSTINGS ? 1 : 0;
        }
    }

    /** Lane codes of the new segment's values, by dimension and local code less 1. */
    int[][] laneCodes() {
        final int[][] codes = new int[dictionaries.length][];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = dictionaries[i].laneCodes();
        }
        return codes;
    }

    /** Writes the whole file. */
    SegmentHeader write(final SegmentIdentity identity, final SegmentFile file) throws IOException {
        order = sorting.address((long) rows.rowCount * Long.BYTES);
        // sorting a bucket may need memory beside, writing needs it after that
        RowOrder.sort(rows, order, buffers);
        final long buffer = buffers.address(SectionWriter.BUFFER_BYTES + PostingsColumn.READ_BYTES);
        final int sectionCount = 6 + 2 * rows.dimensionCount + 2 * rows.metricCount + postingsCount;
        final SectionWriter writer = new SectionWriter(file, buffer, SegmentHeader.lengthBytes(identity, sectionCount));
        final int[] seconds = writeTimes(writer);
        final CodeColumn codes = new CodeColumn(rows, order);
        for (int i = 0; i < dictionaries.length; i++) {
            codes.write(i, dictionaries[i], writer, zones);
        }
        final MetricColumn metrics = new MetricColumn(rows, order);
        for (int i = 0; i < rows.metricCount; i++) {
            metrics.write(i, writer, zones);
        }
        writer.put(zones.bytes(), zones.bytes().length);
        writer.end(SectionKind.ZONES, 0, 0);
        for (final int row : seconds) {
            writer.putInt(row);
        }
        writer.end(SectionKind.SECONDS, 0, 0);
        final int minOffsetUs = offsetUs(0);
        final int maxOffsetUs = offsetUs(rows.rowCount - 1);
        for (int i = 0; i < dictionaries.length; i++) {
            writeDictionary(i, writer);
        }
        // from here on the order is not needed and its memory serves others
        final PostingsColumn postings = new PostingsColumn(rows.rowCount, order, buffer + SectionWriter.BUFFER_BYTES);
        for (int i = 0; i < dictionaries.length; i++) {
            if (dictionaries[i].size() > SealedFormat.MAX_VALUES_WITHOUT_POSTINGS) {
                postings.write(codesSection(writer, i), dictionaries[i].size(), writer);
            }
        }
        new IdColumn(rows, sorting).write(writer);
        final SegmentHeader header = new SegmentHeader(
            identity, rows.rowCount, rows.dimensionCount, rows.metricCount, minOffsetUs, maxOffsetUs, writer.sections());
        writer.writeHeader(header);
        return header;
    }

    private static Section codesSection(final SectionWriter writer, final int ordinal) {
        for (final Section section : writer.sections()) {
            if (section.kind() == SectionKind.CODES && section.ordinal() == ordinal) {
                return section;
            }
        }
        throw new IllegalStateException("codes are written before their postings");
    }

    private int offsetUs(final int row) {
        return (int) (memory.get(ValueLayout.JAVA_LONG, order + (long) row * Long.BYTES) >>> RowOrder.PLACE_BITS);
    }

    /** Returns the first row of each second. */
    private int[] writeTimes(final SectionWriter writer) throws IOException {
        final int[] seconds = new int[SealedFormat.SECONDS_ENTRIES];
        int second = 0;
        for (int block = 0, from = 0; from < rows.rowCount; block++, from += Block.MAX_ROWS) {
            final int count = Math.min(Block.MAX_ROWS, rows.rowCount - from);
            final long at = writer.room(count * Integer.BYTES);
            for (int i = 0; i < count; i++) {
                final int offsetUs = offsetUs(from + i);
                memory.set(ValueLayout.JAVA_INT, at + (long) i * Integer.BYTES, offsetUs);
                while ((long) second * 1_000_000 <= offsetUs) {
                    seconds[second++] = from + i;
                }
            }
            writer.advance(count * Integer.BYTES);
            zones.times(block, offsetUs(from), offsetUs(from + count - 1));
        }
        while (second < seconds.length) {
            seconds[second++] = rows.rowCount;
        }
        writer.end(SectionKind.TIMES, 0, 0);
        return seconds;
    }

    private void writeDictionary(final int ordinal, final SectionWriter writer) throws IOException {
        final int[] laneCodes = dictionaries[ordinal].laneCodes();
        long end = 0;
        writer.putInt(0);
        for (final int laneCode : laneCodes) {
            end += values.length(laneCode);
            if (end > Integer.MAX_VALUE) {
                throw new IOException("a dimension's values have more than 2 GiB");
            }
            writer.putInt((int) end);
        }
        writer.pad();
        byte[] value = new byte[256];
        for (final int laneCode : laneCodes) {
            final int length = values.length(laneCode);
            value = length <= value.length ? value : new byte[length * 2];
            values.copy(laneCode, value, 0);
            writer.put(value, length);
        }
        writer.end(SectionKind.DICTIONARY, ordinal, laneCodes.length);
    }
}
