package io.truenow.tools.segment;

import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.sealed.SegmentHeader;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentInspector.BlockSummary;
import io.truenow.engine.store.sealed.SegmentInspector.DimensionSummary;
import io.truenow.engine.store.sealed.SegmentInspector.Inspection;
import io.truenow.engine.store.sealed.SegmentInspector.MetricSummary;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** An inspection for people. */
final class InspectionText {
    private final StringBuilder text = new StringBuilder();

    private InspectionText() {
    }

    static String of(final Path file, final Inspection inspection, final boolean hasBlocks) {
        final InspectionText writer = new InspectionText();
        writer.line("%s  %,d bytes", file, inspection.lengthBytes());
        if (inspection.damage() != null) {
            writer.line("DAMAGED: %s", inspection.damage());
            return writer.text.toString();
        }
        writer.header(inspection.header());
        writer.sections(inspection);
        writer.columns(inspection);
        if (hasBlocks) {
            writer.blocks(inspection);
        }
        final int damaged = inspection.damaged().size();
        writer.line(damaged == 0 ? "all checksums agree" : "DAMAGED: sections with wrong checksums: " + damaged);
        return writer.text.toString();
    }

    private void header(final SegmentHeader header) {
        final SegmentIdentity identity = header.identity();
        final Instant start = Instant.EPOCH.plus(identity.spanStartUs(), ChronoUnit.MICROS);
        line("format %d  lane %d  table %d  shard %d  catalog %016x%016x", SegmentHeader.FORMAT_VERSION, identity.owner().lane(),
            identity.owner().tableId(), identity.owner().shardId(), identity.owner().catalogIdHigh(), identity.owner().catalogIdLow());
        line("span %s  rows %,d from %s to %s", start, header.rowCount(), start.plus(header.minOffsetUs(), ChronoUnit.MICROS),
            start.plus(header.maxOffsetUs(), ChronoUnit.MICROS));
        line("uid %016x  replaces%s", identity.uid(), uids(identity));
        line("durable up to (gateway:incarnation/sequence) %s", identity.durableVector());
        line("dimensions %d  metrics %d  blocks %,d", header.dimensionCount(), header.metricCount(), header.blockCount());
    }

    private void sections(final Inspection inspection) {
        line("");
        line("%-10s %7s %5s %14s %14s %9s  %s", "section", "ordinal", "width", "offset", "bytes", "a row", "checksum");
        for (final Section section : inspection.header().sections()) {
            line("%-10s %7d %5d %,14d %,14d %9.3f  %08x %s", section.kind(), section.ordinal(), section.width(), section.offset(),
                section.lengthBytes(), inspection.bytesPerRow(section), section.checksum(),
                inspection.damaged().contains(section) ? "WRONG" : "ok");
        }
        line("%-10s %7s %5s %14s %,14d %9.3f", "all", "", "", "", inspection.lengthBytes(),
            inspection.lengthBytes() / (double) inspection.header().rowCount());
    }

    private void columns(final Inspection inspection) {
        line("");
        for (int i = 0; i < inspection.header().dimensionCount(); i++) {
            final Section postings = inspection.header().section(SectionKind.POSTINGS, i);
            line("dimension %d: %,d values, %d bytes a code%s", i, inspection.header().section(SectionKind.DICTIONARY, i).width(),
                inspection.header().section(SectionKind.CODES, i).width(), postings == null ? "" : ", postings");
        }
        if (inspection.blocks().isEmpty()) {
            line("the zone maps are damaged");
            return;
        }
        for (int i = 0; i < inspection.header().metricCount(); i++) {
            final int ordinal = i;
            line("metric %d: blocks by encoding %s, with nulls %,d, values from %s to %s", i, inspection.encodings(i),
                inspection.blocks().stream().filter(block -> block.metrics().get(ordinal).hasNulls()).count(),
                inspection.blocks().stream().mapToDouble(block -> block.metrics().get(ordinal).min()).min().orElseThrow(),
                inspection.blocks().stream().mapToDouble(block -> block.metrics().get(ordinal).max()).max().orElseThrow());
        }
        line("");
    }

    private void blocks(final Inspection inspection) {
        int index = 0;
        for (final BlockSummary block : inspection.blocks()) {
            final StringBuilder columns = new StringBuilder();
            for (final DimensionSummary dimension : block.dimensions()) {
                columns.append("  codes ").append(dimension.minCode()).append("..").append(dimension.maxCode());
            }
            for (final MetricSummary metric : block.metrics()) {
                columns.append("  ").append(metric.encoding()).append(metric.isInteger() ? " whole " : " ").append(metric.min())
                    .append("..").append(metric.max()).append(metric.hasNulls() ? " nulls" : "");
            }
            line("block %d  rows %d  us %,d..%,d%s", index++, block.rowCount(), block.minOffsetUs(), block.maxOffsetUs(), columns);
        }
        line("");
    }

    private static String uids(final SegmentIdentity identity) {
        final StringBuilder uids = new StringBuilder();
        identity.replacedUids().forEach(uid -> uids.append(String.format(Locale.ROOT, " %016x", uid)));
        return uids.isEmpty() ? " none" : uids.toString();
    }

    private void line(final String format, final Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
