package io.truenow.tools.segment;

import io.truenow.engine.store.sealed.Section;
import io.truenow.engine.store.sealed.SegmentHeader;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentInspector.Inspection;
import io.truenow.engine.store.shard.ShardVector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.Locale;

/** An inspection for programs. Numbers of 64 bits that are no quantities are texts of 16 hex digits. */
final class InspectionJson {
    private static final JsonMapper MAPPER = new JsonMapper();

    private InspectionJson() {
    }

    static String of(final Path file, final Inspection inspection, final boolean hasBlocks) {
        final ObjectNode root = MAPPER.createObjectNode();
        root.put("file", file.toString()).put("length_bytes", inspection.lengthBytes()).put("whole", inspection.isWhole());
        if (inspection.damage() != null) {
            root.put("damage", inspection.damage());
        } else {
            header(root, inspection.header());
            sections(root.putArray("sections"), inspection);
            if (hasBlocks) {
                root.set("blocks", MAPPER.valueToTree(inspection.blocks()));
            }
        }
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + '\n';
    }

    private static void header(final ObjectNode root, final SegmentHeader header) {
        final SegmentIdentity identity = header.identity();
        root.put("format", SegmentHeader.FORMAT_VERSION);
        root.put("catalog", hex(identity.owner().catalogIdHigh()) + hex(identity.owner().catalogIdLow()));
        root.put("lane", identity.owner().lane()).put("table", identity.owner().tableId()).put("shard", identity.owner().shardId());
        root.put("span_start_us", identity.spanStartUs()).put("uid", hex(identity.uid()));
        final ArrayNode replaced = root.putArray("replaced_uids");
        identity.replacedUids().forEach(uid -> replaced.add(hex(uid)));
        final ArrayNode durable = root.putArray("durable");
        final ShardVector vector = identity.durableVector();
        for (int i = 0; i < vector.size(); i++) {
            durable.addObject().put("gateway", vector.gatewayId(i)).put("incarnation", vector.incarnation(i))
                .put("sequence", vector.sequence(i));
        }
        root.put("rows", header.rowCount()).put("dimensions", header.dimensionCount()).put("metrics", header.metricCount());
        root.put("min_offset_us", header.minOffsetUs()).put("max_offset_us", header.maxOffsetUs());
    }

    private static void sections(final ArrayNode target, final Inspection inspection) {
        for (final Section section : inspection.header().sections()) {
            target.addObject().put("kind", section.kind().name().toLowerCase(Locale.ROOT)).put("ordinal", section.ordinal())
                .put("width", section.width()).put("offset", section.offset()).put("length_bytes", section.lengthBytes())
                .put("bytes_per_row", inspection.bytesPerRow(section)).put("whole", !inspection.damaged().contains(section));
        }
    }

    private static String hex(final long value) {
        return String.format(Locale.ROOT, "%016x", value);
    }
}
