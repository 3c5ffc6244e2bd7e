package io.truenow.query.scatter;

import io.truenow.codecs.query.CancelQueryDecoder;
import io.truenow.codecs.query.LaneStatsRequestDecoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.codecs.query.SketchType;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.position.Token;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.BoundPlan;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.Selection;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What a lane reads is what the plan says. */
class QueryMessagesTest {
    private final QueryMessages messages = new QueryMessages();

    @Test
    void aQueryArrivesAsItWasPlanned() {
        final Token token = new Token(5, List.of(new Position(100, 4, 2, 11), new Position(101, 4, 2, 12), new Position(102, 4, 2, 13)));
        final Selection selection = new Selection(Aggregate.STDDEV, "price", List.of(
            AggregateTerm.of("least", Aggregate.MIN, "amount"),
            new AggregateTerm("median", Aggregate.QUANTILE, "amount", 0.5, 0),
            AggregateTerm.of("products", Aggregate.DISTINCT, "product"),
            new AggregateTerm("often", Aggregate.TOP, "region", 0, 5)));
        final Filter filter = new Filter.And(List.of(
            new Filter.In("region", List.of("eu", "ü"), true), new Filter.Not(new Filter.Contains("product", "x"))));
        final ShardQueryDecoder query = encoded(new LogicalPlan("shop", "orders", 10, 1_000, 60, filter, List.of("product", "region"),
            selection, List.of(), 50_000, token, 10_000, true), 20);
        assertEquals(List.of(77L, 3L, (long) Catalogs.TABLE, 20L, 1_000L, 60L, 900L, (long) LogicalPlan.MAX_GROUPS, 6L, 1L), List.of(
            query.correlationId(), (long) query.queryNodeId(), (long) query.tableId(), query.startTimeUs(), query.endTimeUs(),
            query.intervalUs(), (long) query.timeoutMs(), (long) query.maxGroups(), query.queryNodeIncarnation(), (long) query.partial()));
        final List<String> read = new ArrayList<>();
        query.shards().forEach(shard -> read.add("shard " + shard.shardId() + " at " + shard.epoch()));
        query.wanted().forEach(position -> read.add(
            "wanted " + position.shardId() + " " + position.gatewayId() + " " + position.incarnation() + "/" + position.sequence()));
        query.groupBy().forEach(dimension -> read.add("by " + dimension.dimension()));
        query.metrics().forEach(metric -> read.add("metric " + metric.metric() + " " + metric.moments() + metric.extremes()));
        query.sketches().forEach(sketch -> read.add(
            sketch.sketch() + " " + sketch.sole() + " of " + sketch.column() + " " + sketch.parameter()));
        query.predicate().forEach(node -> {
            final List<String> values = new ArrayList<>();
            final PredicateKind kind = node.kind();
            final String text = kind + " " + node.column() + " " + node.operands() + " " + node.nullMatches();
            node.values().forEach(value -> {
                final byte[] bytes = new byte[value.valueLength()];
                value.getValue(bytes, 0, bytes.length);
                values.add(new String(bytes, StandardCharsets.UTF_8));
            });
            read.add(text + values);
        });
        assertEquals(List.of("shard 100 at 3", "shard 101 at 4", "wanted 100 4 2/11", "wanted 101 4 2/12", "by 1", "by 0",
            "metric 0 11", "metric 1 01", "QUANTILES 0 of 1 0", "DISTINCT 0 of 1 0", "TOP 0 of 0 5",
            "IN 0 0 1[eu, ü]", "CONTAINS 1 0 0[x]", "NOT 0 1 0[]", "AND 0 2 0[]"), read, "the third shard is asked elsewhere");
    }

    @Test
    void whoIsAskedAloneIsToldSoAndMayLeaveOutWhatNobodyWants() {
        final Selection selection = new Selection(Aggregate.COUNT, null, List.of(
            AggregateTerm.of("sum", Aggregate.SUM, "price"), AggregateTerm.of("products", Aggregate.DISTINCT, "product")));
        final ShardQueryDecoder query = encoded(new LogicalPlan("shop", "orders", 10, 1_000, 0, Filter.ALL, List.of(), selection,
            List.of(), 1, null, 10_000, false), 10, 100, 101, 102);
        assertEquals(0, query.partial());
        query.shards().forEach(shard -> { });
        assertEquals(0, query.wanted().count());
        assertEquals(0, query.groupBy().count());
        query.metrics().forEach(metric -> assertEquals("0 00", metric.metric() + " " + metric.moments() + metric.extremes()));
        query.sketches().forEach(sketch -> assertEquals(SketchType.DISTINCT + " 1", sketch.sketch() + " " + sketch.sole()));
        assertEquals(0, query.predicate().count());
    }

    @Test
    void cancelAndStatisticsNameWhoAsks() {
        assertEquals(CancelQueryDecoder.BLOCK_LENGTH + MessageHeaderDecoder.ENCODED_LENGTH, messages.encodeCancel(77, 3));
        final CancelQueryDecoder cancel = new CancelQueryDecoder().wrapAndApplyHeader(messages.buffer(), 0, new MessageHeaderDecoder());
        assertEquals(77, cancel.correlationId());
        assertEquals(3, cancel.queryNodeId());
        assertEquals(LaneStatsRequestDecoder.BLOCK_LENGTH + MessageHeaderDecoder.ENCODED_LENGTH, messages.encodeStatsRequest(78, 3));
        final LaneStatsRequestDecoder stats =
            new LaneStatsRequestDecoder().wrapAndApplyHeader(messages.buffer(), 0, new MessageHeaderDecoder());
        assertEquals(78, stats.correlationId());
        assertEquals(3, stats.queryNodeId());
    }

    /** For shards 100 and 101 of three, or those given. */
    private ShardQueryDecoder encoded(final LogicalPlan plan, final long startTimeUs, final int... shardIds) {
        final LaneTarget target = new LaneTarget(null, 77, 1, 0, null);
        for (final int shardId : shardIds.length == 0 ? new int[] {100, 101} : shardIds) {
            target.shardIds.addInt(shardId);
            target.epochs.addLong(3 + shardId - 100);
        }
        final int lengthBytes = messages.encodeQuery(BoundPlan.bind(plan, Catalogs.of(5, 3, 1, 1, 1, 1)), target, startTimeUs, 900,
            new QueryMessages.Sender(3, 6));
        final ShardQueryDecoder query = new ShardQueryDecoder().wrapAndApplyHeader(messages.buffer(), 0, new MessageHeaderDecoder());
        assertEquals(lengthBytes, MessageHeaderDecoder.ENCODED_LENGTH + query.sbeDecodedLength());
        return query;
    }
}
