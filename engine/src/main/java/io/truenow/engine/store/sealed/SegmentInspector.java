package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.segment.MetricEncoding;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Tells what is in a segment file, whether a node uses it at the moment or not. One thread. */
public final class SegmentInspector {
    private final SegmentCheck check = new SegmentCheck();

    /** With a buffer of its own. */
    public SegmentInspector() {
    }

    /**
     * What a file is.
     *
     * @param lengthBytes as the file system says.
     * @param damage      why its header cannot be used, null if it can; then there is nothing but this.
     * @param header      of the file.
     * @param damaged     sections that are not what was written.
     * @param blocks      none if the zone maps are damaged.
     */
    public record Inspection(long lengthBytes, String damage, SegmentHeader header, List<Section> damaged, List<BlockSummary> blocks) {
        /** Whether all of it is as it was written. */
        public boolean isWhole() {
            return damage == null && damaged.isEmpty();
        }

        /** Bytes a row of a section. */
        public double bytesPerRow(final Section section) {
            return section.lengthBytes() / (double) header.rowCount();
        }

        /** How many blocks hold a metric in which way. */
        public Map<MetricEncoding, Integer> encodings(final int ordinal) {
            final Map<MetricEncoding, Integer> counts = new EnumMap<>(MetricEncoding.class);
            blocks.forEach(block -> counts.merge(block.metrics().get(ordinal).encoding(), 1, Integer::sum));
            return counts;
        }
    }

    /** A block by its zone map. */
    public record BlockSummary(
        int rowCount, int minOffsetUs, int maxOffsetUs, List<DimensionSummary> dimensions, List<MetricSummary> metrics) {
    }

    /** Codes of a dimension in a block, 0 is null. */
    public record DimensionSummary(int minCode, int maxCode) {
    }

    /** Values of a metric in a block. */
    public record MetricSummary(MetricEncoding encoding, boolean isInteger, boolean hasNulls, double min, double max) {
    }

    /**
     * Reads a file through.
     *
     * @throws IOException if it cannot be read; that it is damaged is an answer.
     */
    public Inspection inspect(final Path path) throws IOException {
        try (SegmentFile file = DiskFiles.INSTANCE.open(path)) {
            final SegmentHeader header;
            try {
                header = check.header(file);
            } catch (final DamagedSegmentException e) {
                return new Inspection(file.lengthBytes(), e.getMessage(), null, List.of(), List.of());
            }
            final List<Section> damaged = check.damaged(file, header);
            final boolean hasZones = damaged.stream().noneMatch(section -> section.kind() == SectionKind.ZONES);
            return new Inspection(file.lengthBytes(), null, header, damaged, hasZones ? blocks(file, header) : List.of());
        }
    }

    private static List<BlockSummary> blocks(final SegmentFile file, final SegmentHeader header) throws IOException {
        final List<BlockSummary> blocks = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            final SealedColumns columns = new SealedColumns(header, file.map(arena).address());
            for (int index = 0; index < header.blockCount(); index++) {
                final SealedBlock block = new SealedBlock(columns, index);
                final List<DimensionSummary> dimensions = new ArrayList<>();
                for (int i = 0; i < header.dimensionCount(); i++) {
                    dimensions.add(new DimensionSummary(block.minCode(i), block.maxCode(i)));
                }
                final List<MetricSummary> metrics = new ArrayList<>();
                for (int i = 0; i < header.metricCount(); i++) {
                    final MetricEncoding encoding = block.metricEncoding(i);
                    final boolean hasNulls = encoding == MetricEncoding.ABSENT || block.nullsAddress(i) != 0;
                    metrics.add(new MetricSummary(encoding, block.isInteger(i), hasNulls, block.minMetric(i), block.maxMetric(i)));
                }
                blocks.add(new BlockSummary(block.rowCount(), block.minOffsetUs(), block.maxOffsetUs(), dimensions, metrics));
            }
        }
        return blocks;
    }
}
