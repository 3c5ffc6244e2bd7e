package io.truenow.engine.store.sealed;

/** Where the sections of a mapped segment lie. Never changes; any thread. */
final class SealedColumns {
    private final SegmentHeader header;
    private final int zoneBytes;
    private final long times;
    private final long zones;
    private final long[] codes;
    private final int[] codeWidths;
    private final long[] metrics;
    private final long[] nulls;

    SealedColumns(final SegmentHeader header, final long baseAddress) {
        this.header = header;
        this.zoneBytes = SealedFormat.zoneBytes(header.dimensionCount(), header.metricCount());
        this.codes = new long[header.dimensionCount()];
        this.codeWidths = new int[header.dimensionCount()];
        this.metrics = new long[header.metricCount()];
        this.nulls = new long[header.metricCount()];
        this.times = baseAddress + header.section(SectionKind.TIMES, 0).offset();
        this.zones = baseAddress + header.section(SectionKind.ZONES, 0).offset();
        for (int i = 0; i < codes.length; i++) {
            final Section section = header.section(SectionKind.CODES, i);
            codes[i] = baseAddress + section.offset();
            codeWidths[i] = section.width();
        }
        for (int i = 0; i < metrics.length; i++) {
            metrics[i] = baseAddress + header.section(SectionKind.METRIC, i).offset();
            nulls[i] = baseAddress + header.section(SectionKind.NULLS, i).offset();
        }
    }

    int rowCount() {
        return header.rowCount();
    }

    int dimensionCount() {
        return codes.length;
    }

    int metricCount() {
        return metrics.length;
    }

    long timesAddress() {
        return times;
    }

    long zoneAddress(final int block) {
        return zones + (long) block * zoneBytes;
    }

    int codeWidthBytes(final int ordinal) {
        return codeWidths[ordinal];
    }

    long codesAddress(final int ordinal) {
        return codes[ordinal];
    }

    long metricAddress(final int ordinal) {
        return metrics[ordinal];
    }

    long nullsAddress(final int ordinal) {
        return nulls[ordinal];
    }
}
