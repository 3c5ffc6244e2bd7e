package io.truenow.query.scatter;

import io.truenow.codecs.query.CancelQueryEncoder;
import io.truenow.codecs.query.LaneStatsRequestEncoder;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.ShardQueryEncoder;
import io.truenow.codecs.query.SketchType;
import io.truenow.fabric.position.Position;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.BoundNode;
import io.truenow.query.plan.BoundPlan;
import io.truenow.query.plan.LogicalPlan;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/** Encodes what goes to lanes into one reused buffer. Belongs to the scatter agent's thread. */
final class QueryMessages {
    /** A plan larger than this is refused: with terms of 1 MiB Aeron carries 128 KiB. */
    static final int MAX_PLAN_BYTES = 96 * 1024;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4 * 1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ShardQueryEncoder query = new ShardQueryEncoder();
    private final CancelQueryEncoder cancel = new CancelQueryEncoder();
    private final LaneStatsRequestEncoder stats = new LaneStatsRequestEncoder();

    /** Where the last encoded message lies, from index 0. */
    MutableDirectBuffer buffer() {
        return buffer;
    }

    /**
     * Encodes a plan for one lane.
     *
     * @param startTimeUs may be later than the plan's, where a partial answer was asked for.
     * @return its length.
     */
    int encodeQuery(
        final BoundPlan plan, final LaneTarget target, final long startTimeUs, final int timeoutMs, final Sender sender) {
        final LogicalPlan logical = plan.logical();
        query.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(target.correlationId)
            .queryNodeId(sender.queryNodeId())
            .tableId(plan.tableId())
            .startTimeUs(startTimeUs)
            .endTimeUs(logical.endTimeUs())
            .intervalUs(logical.intervalUs())
            .timeoutMs(timeoutMs)
            .maxGroups(LogicalPlan.MAX_GROUPS)
            .queryNodeIncarnation(sender.incarnation())
            .partial((short) (logical.partial() ? 1 : 0));
        final ShardQueryEncoder.ShardsEncoder shards = query.shardsCount(target.shardIds.size());
        for (int i = 0; i < target.shardIds.size(); i++) {
            shards.next().shardId(target.shardIds.getInt(i)).reserved(0).epoch(target.epochs.getLong(i));
        }
        encodeWanted(plan, target);
        final ShardQueryEncoder.GroupByEncoder groupBy = query.groupByCount(plan.groupBy().length);
        for (final int dimension : plan.groupBy()) {
            groupBy.next().dimension(dimension);
        }
        final ShardQueryEncoder.MetricsEncoder metrics = query.metricsCount(plan.metrics().size());
        for (final BoundPlan.BoundMetric metric : plan.metrics()) {
            metrics.next().metric(metric.metric())
                .moments((short) (metric.wish().moments() ? 1 : 0)).extremes((short) (metric.wish().extremes() ? 1 : 0));
        }
        final short sole = (short) (target.shardIds.size() == plan.shardCount() ? 1 : 0);
        final ShardQueryEncoder.SketchesEncoder sketches = query.sketchesCount(plan.sketches().size());
        for (final BoundPlan.BoundSketch sketch : plan.sketches()) {
            sketches.next().sketch(type(sketch.term().aggregate())).sole(sole).column(sketch.column())
                .parameter(sketch.term().k());
        }
        final ShardQueryEncoder.PredicateEncoder nodes = query.predicateCount(plan.predicate().size());
        for (final BoundNode node : plan.predicate()) {
            final ShardQueryEncoder.PredicateEncoder.ValuesEncoder values = nodes.next()
                .kind(node.kind())
                .op(node.op())
                .column(node.column())
                .operands(node.operands())
                .nullMatches((short) (node.nullMatches() ? 1 : 0))
                .reserved((short) 0)
                .constant(node.constant())
                .valuesCount(node.values().size());
            for (final byte[] value : node.values()) {
                values.next().putValue(value, 0, value.length);
            }
        }
        return MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength();
    }

    private static SketchType type(final Aggregate aggregate) {
        return switch (aggregate) {
            case DISTINCT -> SketchType.DISTINCT;
            case QUANTILE -> SketchType.QUANTILES;
            case TOP -> SketchType.TOP;
            default -> throw new IllegalArgumentException(aggregate + " is not read from a sketch");
        };
    }

    private void encodeWanted(final BoundPlan plan, final LaneTarget target) {
        int count = 0;
        for (final Position position : plan.wanted()) {
            count += target.shardIds.containsInt(position.shardId()) ? 1 : 0;
        }
        final ShardQueryEncoder.WantedEncoder wanted = query.wantedCount(count);
        for (final Position position : plan.wanted()) {
            if (target.shardIds.containsInt(position.shardId())) {
                wanted.next().shardId(position.shardId()).gatewayId(position.gatewayId())
                    .incarnation(position.incarnation()).sequence(position.sequence());
            }
        }
    }

    int encodeCancel(final long correlationId, final int queryNodeId) {
        cancel.wrapAndApplyHeader(buffer, 0, header).correlationId(correlationId).queryNodeId(queryNodeId).reserved(0);
        return MessageHeaderEncoder.ENCODED_LENGTH + cancel.encodedLength();
    }

    int encodeStatsRequest(final long correlationId, final int queryNodeId) {
        stats.wrapAndApplyHeader(buffer, 0, header).correlationId(correlationId).queryNodeId(queryNodeId).reserved(0);
        return MessageHeaderEncoder.ENCODED_LENGTH + stats.encodedLength();
    }

    /**
     * Where answers go.
     *
     * @param queryNodeId this node.
     * @param incarnation of it.
     */
    record Sender(int queryNodeId, long incarnation) {
    }
}
