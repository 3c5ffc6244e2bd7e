package io.truenow.hottier.query;

import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialResultEncoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.format.partial.MetricScales;
import io.truenow.format.partial.PartialBodyWriter;
import io.truenow.hottier.link.PeerSender;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * Writes a query's answer part by part. A part that was not taken waits in the query's own buffer. The vector comes with the last part.
 * Belongs to the query agent, for all its queries.
 */
final class PartialSender {
    private static final int MAX_MISSING_RANGES = 256;
    private final int lane;
    private final ValueTable values;
    private final PartialBodyWriter writer = new PartialBodyWriter();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final PartialResultEncoder encoder = new PartialResultEncoder();
    private final ExpandableArrayBuffer sketch = new ExpandableArrayBuffer(1_024);
    private byte[] valueBytes = new byte[1_024];
    private final UnsafeBuffer value = new UnsafeBuffer(valueBytes);

    PartialSender(final int lane, final ValueTable values) {
        this.lane = lane;
        this.values = values;
    }

    /** Sends the next part. True if it was taken; the answer is over then if {@code query.messageIsLast}. */
    boolean send(final RunningQuery query, final PeerSender sender, final int nodeId) {
        if (query.messageLength == 0) {
            encode(query, nodeId);
        }
        if (!sender.offer(query.message, 0, query.messageLength)) {
            return false;
        }
        query.messageLength = 0;
        return true;
    }

    private void encode(final RunningQuery query, final int nodeId) {
        final int dimensionCount = query.plan.groupByCount();
        final int metricCount = query.plan.metricCount();
        final int sketchCount = query.plan.sketchCount();
        writer.begin(dimensionCount, metricCount, sketchCount);
        if (query.status == PartialStatus.OK && !gather(query)) {
            query.fail(PartialStatus.INTERNAL, -1);
            writer.begin(dimensionCount, metricCount, sketchCount);
        }
        final boolean isOk = query.status == PartialStatus.OK;
        query.messageIsLast = !isOk || query.nextGroup == query.scan.result().size();
        final int groupCount = writer.groupCount();
        encoder.wrapAndApplyHeader(query.message, 0, header)
            .correlationId(query.correlationId)
            .nodeId(nodeId)
            .lane(lane)
            .rowsScanned(query.cutCount() == 0 ? 0 : query.scan.rowsScanned())
            .rowsMatched(query.cutCount() == 0 ? 0 : query.scan.rowsMatched())
            .watermarkUs(query.watermarkUs())
            .availableFromUs(query.availableFromUs())
            .part(query.nextPart++)
            .groupCount(groupCount)
            .status(query.status)
            .last((short)(query.messageIsLast ? 1 : 0))
            .dimensionCount((short)dimensionCount)
            .metricCount((short)metricCount)
            .failedShardId(query.failedShardId)
            .sketchCount((short) sketchCount)
            .rowsFolded(query.cutCount() == 0 ? 0 : query.scan.rowsFolded())
            .cubeHits(query.cutCount() == 0 ? 0 : query.scan.cubeHits())
            .limitBytes(query.status == PartialStatus.SKETCHES_TOO_LARGE ? query.scan.sketchLimitBytes() : 0);
        encodeVector(query, isOk && query.messageIsLast);
        encodeMissing(query, query.messageIsLast);
        final int lengthAt = encoder.limit();
        final int bodyAt = lengthAt + Integer.BYTES;
        final int bodyLength = writer.encode(query.message, bodyAt);
        query.message.putInt(lengthAt, bodyLength, ByteOrder.LITTLE_ENDIAN);
        query.messageLength = bodyAt + bodyLength;
    }

    private void encodeVector(final RunningQuery query, final boolean isWanted) {
        int positions = 0;
        for (int i = 0; isWanted && i < query.cutCount(); i++) {
            positions += query.cut(i).gatewayCount();
        }
        final PartialResultEncoder.VectorEncoder vector = encoder.vectorCount(positions);
        for (int i = 0; positions > 0 && i < query.cutCount(); i++) {
            final ShardCut cut = query.cut(i);
            for (int gateway = 0; gateway < cut.gatewayCount(); gateway++) {
                vector.next().shardId(query.shardId(i)).gatewayId(cut.gatewayId(gateway))
                    .incarnation(cut.incarnation(gateway)).sequence(cut.sequence(gateway));
            }
        }
    }

    /** Ranges within the query's that lost rows; where they are too many for a message, for each shard the one that holds them all. */
    private void encodeMissing(final RunningQuery query, final boolean isWanted) {
        final int cuts = isWanted ? query.missingCutCount() : 0;
        int ranges = 0;
        int shards = 0;
        for (int i = 0; i < cuts; i++) {
            final int touched = query.touchedEnd(i) - query.touchedStart(i);
            ranges += touched;
            shards += touched == 0 ? 0 : 1;
        }
        final boolean each = ranges <= MAX_MISSING_RANGES;
        final PartialResultEncoder.MissingEncoder missing = encoder.missingCount(each ? ranges : shards);
        for (int i = 0; i < cuts; i++) {
            final int from = query.touchedStart(i);
            final int to = query.touchedEnd(i);
            for (int range = from; range < to; range += each ? 1 : to - from) {
                missing.next().shardId(query.shardId(i)).reserved(0)
                    .startUs(query.missing(i).startUs(range)).endUs(query.missing(i).endUs(each ? range : to - 1));
            }
        }
    }

    /** Gathers groups until the part is full or there are no more; false if a single one does not fit. */
    private boolean gather(final RunningQuery query) {
        final ResultGroups groups = query.scan.result();
        while (query.nextGroup < groups.size()) {
            final int group = query.nextGroup;
            writer.startGroup(groups.bucketUs(group), groups.rows(group));
            for (int i = 0; i < query.plan.groupByCount(); i++) {
                final int code = groups.laneCode(group, i);
                if (code != 0) {
                    writer.dimension(i, value(code), 0, values.length(code));
                }
            }
            for (int i = 0; i < query.plan.metricCount(); i++) {
                metric(writer, groups, i, group, query.isScaleKnown);
            }
            for (int i = 0; i < query.plan.sketchCount(); i++) {
                writer.sketch(i, sketch, 0, query.scan.sketch(i, group).serialize(sketch, 0));
            }
            if (!writer.endGroup()) {
                return writer.groupCount() > 0;
            }
            query.nextGroup++;
        }
        return true;
    }

    /** To a query node that reads no scales what a double does not hold is infinite, or 0, as it always was. */
    static void metric(
        final PartialBodyWriter writer, final ResultGroups groups, final int metric, final int group, final boolean isScaleKnown) {
        final long word = groups.word(metric, group);
        long told = word;
        double sum = groups.sum(metric, group);
        double compensation = groups.compensation(metric, group);
        double m2 = groups.m2(metric, group);
        if (!isScaleKnown && told != MetricScales.count(word)) {
            told = MetricScales.count(word);
            m2 = MetricScales.squares(word, m2);
            if (MetricScales.isSumScaled(word)) {
                sum = MetricScales.sum(word, sum, compensation);
                compensation = 0;
            }
        }
        writer.metric(metric, told, sum, compensation, groups.min(metric, group), groups.max(metric, group), m2);
    }

    private UnsafeBuffer value(final int code) {
        final int length = values.length(code);
        if (length > valueBytes.length) {
            valueBytes = new byte[length * 2];
            value.wrap(valueBytes);
        }
        values.copy(code, valueBytes, 0);
        return value;
    }
}
