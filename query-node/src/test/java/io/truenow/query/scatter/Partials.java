package io.truenow.query.scatter;

import io.truenow.codecs.query.LaneStatsEncoder;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialResultEncoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.format.partial.PartialBodyWriter;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Encodes what lanes answer in tests. */
final class Partials {
    private Partials() {
    }

    /** A status without groups. */
    static DirectBuffer status(final long correlationId, final int nodeId, final PartialStatus status, final long availableFromUs) {
        return encode(correlationId, nodeId, new Answer(status, 0, true, availableFromUs, 0, 0), new byte[0], 0);
    }

    /** Without groups, with ranges of the first shard that the lane misses: from and to, one behind the other. */
    static DirectBuffer missing(final long correlationId, final int nodeId, final PartialStatus status, final long... rangesUs) {
        return encode(correlationId, nodeId, new Answer(status, 0, true, Long.MIN_VALUE, 0, 1), new byte[0], 0, rangesUs);
    }

    /** One part with one group {@code region} whose metric has one value per row. */
    static DirectBuffer group(
        final long correlationId, final int nodeId, final int part, final boolean last, final String region, final double... values) {
        final PartialBodyWriter writer = new PartialBodyWriter();
        writer.begin(1, 1, 0);
        writer.startGroup(0, values.length);
        final byte[] name = region.getBytes(StandardCharsets.UTF_8);
        writer.dimension(0, new UnsafeBuffer(name), 0, name.length);
        double sum = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (final double value : values) {
            sum += value;
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        writer.metric(0, values.length, sum, 0, min, max, Double.NaN);
        writer.endGroup();
        final ExpandableArrayBuffer target = new ExpandableArrayBuffer();
        final byte[] body = new byte[writer.encode(target, 0)];
        target.getBytes(0, body);
        return encode(correlationId, nodeId, new Answer(PartialStatus.OK, part, last, Long.MIN_VALUE, 1, 1), body, values.length);
    }

    /** Many groups {@code r0, r1, ..}, each with one row of that value, in as many parts as it takes. */
    static List<DirectBuffer> groups(final long correlationId, final int nodeId, final int count, final double value) {
        final PartialBodyWriter writer = new PartialBodyWriter();
        final List<DirectBuffer> parts = new ArrayList<>();
        writer.begin(1, 1, 0);
        for (int i = 0; i < count; i++) {
            fill(writer, "r" + i, value);
            if (!writer.endGroup()) {
                parts.add(part(writer, correlationId, nodeId, parts.size(), false));
                fill(writer, "r" + i, value);
                writer.endGroup();
            }
        }
        parts.add(part(writer, correlationId, nodeId, parts.size(), true));
        return parts;
    }

    private static void fill(final PartialBodyWriter writer, final String region, final double value) {
        final byte[] name = region.getBytes(StandardCharsets.UTF_8);
        writer.startGroup(0, 1);
        writer.dimension(0, new UnsafeBuffer(name), 0, name.length);
        writer.metric(0, 1, value, 0, value, value, Double.NaN);
    }

    private static DirectBuffer part(
        final PartialBodyWriter writer, final long correlationId, final int nodeId, final int part, final boolean last) {
        final int groups = writer.groupCount();
        final ExpandableArrayBuffer target = new ExpandableArrayBuffer();
        final byte[] body = new byte[writer.encode(target, 0)];
        target.getBytes(0, body);
        return encode(correlationId, nodeId, new Answer(PartialStatus.OK, part, last, Long.MIN_VALUE, groups, 1), body, groups);
    }

    private record Answer(PartialStatus status, int part, boolean last, long availableFromUs, int groupCount, int dimensionCount) {
    }

    private static DirectBuffer encode(
        final long correlationId, final int nodeId, final Answer answer, final byte[] body, final long rows,
        final long... missingUs) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final PartialResultEncoder encoder = new PartialResultEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .correlationId(correlationId)
            .nodeId(nodeId)
            .lane(0)
            .rowsScanned(rows)
            .rowsMatched(rows)
            .watermarkUs(1_000 + nodeId)
            .availableFromUs(answer.availableFromUs)
            .part(answer.part)
            .groupCount(answer.groupCount)
            .status(answer.status)
            .last((short) (answer.last ? 1 : 0))
            .dimensionCount((short) answer.dimensionCount)
            .metricCount((short) answer.dimensionCount)
            .failedShardId(-1)
            .sketchCount((short) 0)
            .limitBytes(12_345)
            .rowsFolded(answer.part == 0 && answer.last ? 0 : 100 * rows)
            .cubeHits(answer.part == 0 && answer.last ? 0 : 1);
        encoder.vectorCount(1).next().shardId(Catalogs.FIRST_SHARD).gatewayId(1).incarnation(1).sequence(1);
        final PartialResultEncoder.MissingEncoder missing = encoder.missingCount(missingUs.length / 2);
        for (int i = 0; i < missingUs.length; i += 2) {
            missing.next().shardId(Catalogs.FIRST_SHARD).startUs(missingUs[i]).endUs(missingUs[i + 1]);
        }
        encoder.putBody(body, 0, body.length);
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    static DirectBuffer stats(final long correlationId, final int nodeId, final long rows) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final LaneStatsEncoder encoder = new LaneStatsEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .correlationId(correlationId).nodeId(nodeId).lane(0).rowsHeld(rows).rowsApplied(rows).duplicates(0).offHeapBytes(0)
            .shardCount(1).shardsCatchingUp(0).rowsPerSecond(1.5);
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
