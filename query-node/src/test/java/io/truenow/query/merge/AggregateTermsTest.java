package io.truenow.query.merge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
import io.truenow.format.sketch.DistinctSketch;
import io.truenow.format.sketch.QuantileSketch;
import io.truenow.format.sketch.Sketch;
import io.truenow.format.sketch.TopSketch;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.OrderTerm;
import io.truenow.query.plan.Selection;
import io.truenow.testing.Seeds;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The further aggregates: values spread over lanes, merged and written, against plain arithmetic. */
class AggregateTermsTest {
    private static final List<AggregateTerm> TERMS = List.of(
        AggregateTerm.of("rows", Aggregate.COUNT, null),
        AggregateTerm.of("rows_per_s", Aggregate.RATE, null),
        AggregateTerm.of("per_s", Aggregate.RATE, "m"),
        AggregateTerm.of("sd", Aggregate.STDDEV, "m"),
        AggregateTerm.of("sdp", Aggregate.STDDEV_POP, "m"),
        AggregateTerm.of("most", Aggregate.MAX, "m"),
        new AggregateTerm("median", Aggregate.QUANTILE, "m", 0.5, 0),
        AggregateTerm.of("who", Aggregate.DISTINCT, "d"),
        new AggregateTerm("top", Aggregate.TOP, "d", 0, 2));
    private static final long END_US = 5_000_000;

    private final MergeBudget budget = new MergeBudget(1L << 24, 1L << 24);
    private final PartialBodyReader reader = new PartialBodyReader();
    private final PartialMerge merge = new PartialMerge();

    @Test
    void agreesWithPlainArithmetic() {
        final Random random = new Random(Seeds.seed("AggregateTermsTest"));
        for (int round = 0; round < 50; round++) {
            final double offset = random.nextBoolean() ? 1e9 : 0;
            final List<Double> values = random.doubles(1 + random.nextInt(40), 0, 100).map(value -> offset + value).boxed().toList();
            final LogicalPlan plan = plan(List.of());
            final MergeTable table = new MergeTable(budget, 100);
            assertEquals(MergeStatus.OK, table.reset(0, 1, plan.selection().sketches()));
            for (int lane = 0; lane < 3; lane++) {
                final int mine = lane;
                final List<Double> laneValues = values.stream().filter(value -> Math.floorMod(value.hashCode(), 3) == mine).toList();
                assertEquals(MergeStatus.OK, mergeLane(table, laneValues, 0, 0));
            }
            final JsonNode row = answer(plan, table).get(0);
            final double mean = values.stream().mapToDouble(value -> value).average().orElseThrow();
            final double m2 = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
            final JsonNode terms = row.get("aggregates");
            assertEquals(values.size(), terms.get("rows").asInt());
            assertEquals(values.size() / 5.0, terms.get("rows_per_s").asDouble(), 1e-12);
            assertEquals(mean * values.size() / 5, terms.get("per_s").asDouble(), 1e-9 * offset + 1e-9);
            assertEquals(values.size() == 1, terms.get("sd").isNull(), "one value has no sample deviation");
            assertEquals(values.size() == 1 ? 0 : Math.sqrt(m2 / (values.size() - 1)), terms.get("sd").asDouble(0), 1e-5);
            assertEquals(Math.sqrt(m2 / values.size()), terms.get("sdp").asDouble(), 1e-5);
            assertEquals(values.stream().mapToDouble(value -> value).max().orElseThrow(), terms.get("most").asDouble());
            final double[] sorted = values.stream().mapToDouble(value -> value).sorted().toArray();
            final JsonNode median = terms.get("median");
            assertTrue(median.get("lower").asDouble() <= sorted[sorted.length / 2], () -> median.toString());
            assertTrue(median.get("upper").asDouble() >= sorted[(sorted.length - 1) / 2], () -> median.toString());
            final JsonNode who = terms.get("who");
            assertEquals(values.stream().map(AggregateTermsTest::name).distinct().count(), who.get("value").asInt());
            assertTrue(who.get("exact").asBoolean());
            assertTrue(terms.get("top").get("values").size() <= 2);
            assertTrue(terms.get("top").get("values").get(0).get("count").asInt() >= 1);
        }
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void ordersByATerm() {
        final LogicalPlan plan = plan(List.of(new OrderTerm(OrderTerm.Key.AGGREGATE, 7, true)));
        final MergeTable table = new MergeTable(budget, 100);
        assertEquals(MergeStatus.OK, table.reset(0, 1, plan.selection().sketches()));
        assertEquals(MergeStatus.OK, mergeLane(table, List.of(1.0), 0, 0));
        assertEquals(MergeStatus.OK, mergeLane(table, List.of(1.0, 2.0, 3.0), 1_000_000, 0));
        assertEquals(MergeStatus.OK, mergeLane(table, List.of(1.0, 2.0), 2_000_000, 0));
        final List<Long> order = new ArrayList<>();
        answer(plan, table).forEach(row -> order.add(row.get("timestamp").asLong()));
        assertEquals(List.of(1_000_000L, 2_000_000L, 0L), order);
    }

    /** So that a large answer does not hold up other queries of its thread. */
    @Test
    void ordersInSteps() {
        final int groups = 300;
        final LogicalPlan plan = plan(List.of(new OrderTerm(OrderTerm.Key.AGGREGATE, 6, false)));
        final MergeTable table = new MergeTable(budget, groups);
        assertEquals(MergeStatus.OK, table.reset(0, 1, plan.selection().sketches()));
        final Random random = new Random(Seeds.seed("ordersInSteps"));
        for (int group = 0; group < groups; group++) {
            assertEquals(MergeStatus.OK, mergeLane(table, List.of((double) random.nextInt(50)), group, 0));
        }
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 20);
        int steps = 1;
        while (!writer.order(1)) {
            steps++;
        }
        // a number for each group, then nine rounds of merging
        assertEquals(groups * 10, steps);
        assertEquals(10, writer.writeRows(100));
        writer.close();
        table.release();
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void refusesDamagedSketches() {
        final LogicalPlan plan = plan(List.of());
        final MergeTable table = new MergeTable(budget, 100);
        assertEquals(MergeStatus.OK, table.reset(0, 1, plan.selection().sketches()));
        assertEquals(MergeStatus.DAMAGED, mergeLane(table, List.of(1.0, 2.0), 0, 1));
        table.release();
        assertEquals(0, budget.usedBytes());
    }

    private static LogicalPlan plan(final List<OrderTerm> order) {
        return new LogicalPlan("n", "t", 0, END_US, 0, Filter.ALL, List.of(), new Selection(Aggregate.SUM, "m", TERMS), order, 10, null,
            1_000, false);
    }

    private MergeStatus mergeLane(final MergeTable table, final List<Double> values, final long bucketUs, final int damage) {
        final double mean = values.stream().mapToDouble(value -> value).average().orElse(0);
        final QuantileSketch quantiles = new QuantileSketch(0);
        final DistinctSketch distinct = new DistinctSketch(0);
        final TopSketch top = new TopSketch(2);
        final List<String> names = values.stream().map(AggregateTermsTest::name).toList();
        for (final String name : names.stream().distinct().toList()) {
            final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            distinct.update(name.hashCode() * 0x9E37_79B9_7F4A_7C15L);
            top.add(new UnsafeBuffer(bytes), 0, bytes.length, names.stream().filter(name::equals).count());
        }
        values.forEach(quantiles::update);
        final PartialBodyWriter writer = new PartialBodyWriter();
        writer.begin(0, 1, 3);
        writer.startGroup(bucketUs, values.size());
        writer.metric(0, values.size(), values.stream().mapToDouble(value -> value).sum(), 0,
            values.stream().mapToDouble(value -> value).min().orElse(0), values.stream().mapToDouble(value -> value).max().orElse(0),
            values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum());
        sketch(writer, 0, quantiles, damage);
        sketch(writer, 1, distinct, 0);
        sketch(writer, 2, top, 0);
        assertTrue(writer.endGroup());
        final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
        assertTrue(reader.wrap(body, 0, writer.encode(body, 0), 1, 0, 1, 3));
        return merge.merge(reader, table);
    }

    private static void sketch(final PartialBodyWriter writer, final int index, final Sketch sketch, final int damage) {
        final ExpandableArrayBuffer bytes = new ExpandableArrayBuffer();
        final int length = sketch.serialize(bytes, 0);
        bytes.putByte(length - 1, (byte) (bytes.getByte(length - 1) ^ damage));
        writer.sketch(index, bytes, 0, length);
    }

    private JsonNode answer(final LogicalPlan plan, final MergeTable table) {
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 20);
        assertTrue(writer.order(1_000));
        assertEquals(table.groupCount(), writer.writeRows(100));
        final ByteBuf answer = writer.finish(new AnswerMetadata(1, 1, 0, 0, 1, 0, 0, null));
        table.release();
        final String json = answer.toString(StandardCharsets.UTF_8);
        answer.release();
        return new JsonMapper().readTree(json).get("results");
    }

    private static String name(final double value) {
        return "customer " + (int) (value % 7);
    }
}
