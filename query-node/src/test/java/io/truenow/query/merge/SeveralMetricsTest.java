package io.truenow.query.merge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
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

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Many groups of many dimensions with several metrics each, in a table that has served other queries: no state is taken for another's. */
class SeveralMetricsTest {
    private static final int DIMENSIONS = 6;
    private static final int METRICS = 3;
    private static final int LANES = 3;
    private static final long INTERVAL_US = 2_000_000;
    private static final List<AggregateTerm> TERMS = List.of(
        AggregateTerm.of("avg_b", Aggregate.AVG, "b"), AggregateTerm.of("sum_c", Aggregate.SUM, "c"),
        AggregateTerm.of("min_c", Aggregate.MIN, "c"), AggregateTerm.of("max_b", Aggregate.MAX, "b"),
        AggregateTerm.of("sdp_c", Aggregate.STDDEV_POP, "c"), AggregateTerm.of("per_s_b", Aggregate.RATE, "b"),
        AggregateTerm.of("count_c", Aggregate.COUNT, "c"), AggregateTerm.of("sum_b", Aggregate.SUM, "b"));

    private final MergeBudget budget = new MergeBudget(1L << 24, 1L << 24);
    private final PartialBodyReader reader = new PartialBodyReader();
    private final PartialMerge merge = new PartialMerge();
    private final MergeTable table = new MergeTable(budget, 10_000);

    private record Key(long bucketUs, List<String> values) {
    }

    /** The values of each metric in one group. */
    private record Model(long[] rows, List<List<Long>> metrics) {
        Model() {
            this(new long[1], List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
        }

        BigInteger sum(final int metric) {
            return metrics.get(metric).stream().map(BigInteger::valueOf).reduce(BigInteger.ZERO, BigInteger::add);
        }
    }

    @Test
    void agreesWithTheModel() {
        final Random random = new Random(Seeds.seed("SeveralMetricsTest"));
        for (int round = 0; round < 6; round++) {
            final Selection selection = new Selection(Aggregate.SUM, "a", TERMS);
            assertEquals(List.of("a", "b", "c"), List.copyOf(selection.metrics().keySet()));
            assertEquals(MergeStatus.OK, table.reset(DIMENSIONS, METRICS, List.of()));
            final Map<Key, Model> expected = new HashMap<>();
            final String prefix = "round " + round + " ";
            for (int lane = 0; lane < LANES; lane++) {
                mergeLane(random, prefix, expected);
            }
            assertTrue(expected.size() > 130, "so many that the arrays have grown twice");
            final JsonNode results = answer(selection, List.of());
            assertEquals(expected.size(), results.size());
            for (final JsonNode row : results) {
                final List<String> values = new ArrayList<>();
                row.get("dimensions").forEach(value -> values.add(value.isNull() ? null : value.asString()));
                compare(expected.remove(new Key(row.get("timestamp").asLong(), values)), row);
            }
        }
        table.release();
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void ordersByTheLastDigitOfAnyMetric() {
        final Selection selection = new Selection(Aggregate.SUM, "a", TERMS);
        assertEquals(MergeStatus.OK, table.reset(DIMENSIONS, METRICS, List.of()));
        for (int group = 0; group < 3; group++) {
            final PartialBodyWriter writer = new PartialBodyWriter();
            writer.begin(DIMENSIONS, METRICS, 0);
            writer.startGroup(group * INTERVAL_US, 1);
            writer.metric(0, 1, 0x1p60, 2 - group, 0, 0, 0);
            writer.metric(1, 1, 0x1p60, group == 1 ? 1 : group == 2 ? 2 : 0, 0, 0, 0);
            writer.metric(2, 1, 0x1p60, group == 1 ? 2 : group == 2 ? 1 : 0, 0, 0, 0);
            assertTrue(writer.endGroup());
            mergePart(writer);
        }
        assertEquals(List.of(2L, 1L, 0L), order(selection, new OrderTerm(OrderTerm.Key.VALUE, -1, false)));
        assertEquals(List.of(2L, 1L, 0L), order(selection, new OrderTerm(OrderTerm.Key.SUM, -1, false)));
        assertEquals(List.of(1L, 2L, 0L), order(selection, new OrderTerm(OrderTerm.Key.AGGREGATE, 1, true)));
        assertEquals(List.of(0L, 1L, 2L), order(selection, new OrderTerm(OrderTerm.Key.AGGREGATE, 7, false)));
        table.release();
    }

    private List<Long> order(final Selection selection, final OrderTerm term) {
        final List<Long> order = new ArrayList<>();
        answer(selection, List.of(term)).forEach(row -> order.add(row.get("timestamp").asLong() / INTERVAL_US));
        return order;
    }

    private static void compare(final Model model, final JsonNode row) {
        final JsonNode terms = row.get("aggregates");
        final List<Long> a = model.metrics.get(0);
        final List<Long> b = model.metrics.get(1);
        final List<Long> c = model.metrics.get(2);
        assertEquals(a.size(), row.get("count").asInt());
        assertEquals(a.isEmpty() ? "null" : model.sum(0).toString(), row.get("value").toString());
        assertEquals(a.isEmpty() ? "null" : model.sum(0).toString(), row.get("sum").toString());
        assertEquals(a.isEmpty() ? "null" : least(a).toString(), row.get("min").toString());
        assertEquals(a.isEmpty() ? "null" : greatest(a).toString(), row.get("max").toString());
        assertEquals(c.size(), terms.get("count_c").asInt());
        assertEquals(c.isEmpty() ? "null" : model.sum(2).toString(), terms.get("sum_c").toString());
        assertEquals(c.isEmpty() ? "null" : least(c).toString(), terms.get("min_c").toString());
        assertEquals(b.isEmpty() ? "null" : greatest(b).toString(), terms.get("max_b").toString());
        assertEquals(b.isEmpty() ? "null" : model.sum(1).toString(), terms.get("sum_b").toString());
        assertEquals(b.isEmpty(), terms.get("avg_b").isNull());
        assertEquals(c.isEmpty(), terms.get("sdp_c").isNull());
        if (!b.isEmpty()) {
            final double sum = model.sum(1).doubleValue();
            assertEquals(sum / b.size(), terms.get("avg_b").asDouble(), Math.abs(sum) * 1e-15);
            assertEquals(sum / 2, terms.get("per_s_b").asDouble(), Math.abs(sum) * 1e-15);
        }
        if (!c.isEmpty()) {
            final double mean = model.sum(2).doubleValue() / c.size();
            final double m2 = c.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
            assertEquals(Math.sqrt(m2 / c.size()), terms.get("sdp_c").asDouble(), 1e-9 * Math.max(greatest(c), -least(c)));
        }
    }

    private static Long least(final List<Long> values) {
        return values.stream().min(Long::compare).orElseThrow();
    }

    private static Long greatest(final List<Long> values) {
        return values.stream().max(Long::compare).orElseThrow();
    }

    /** Each of the lane's groups once, in parts so small that a dictionary value comes in several. */
    private void mergeLane(final Random random, final String prefix, final Map<Key, Model> expected) {
        final PartialBodyWriter writer = new PartialBodyWriter(4_000);
        writer.begin(DIMENSIONS, METRICS, 0);
        for (int i = 0; i < 200; i++) {
            if (random.nextInt(3) == 0) {
                continue;
            }
            final List<String> values = new ArrayList<>();
            for (int dimension = 0; dimension < DIMENSIONS; dimension++) {
                final String value = dimension == 4 ? prefix + "x".repeat(i % 50) + i : prefix + i % (dimension + 2);
                values.add(i % 7 == dimension ? null : value);
            }
            final Key key = new Key(i % 3 * INTERVAL_US, values);
            final Model mine = new Model();
            mine.rows[0] = 1 + random.nextInt(5);
            for (int metric = 0; metric < METRICS; metric++) {
                for (int n = random.nextInt(4); n > 0; n--) {
                    // so large that two together have more digits than a double
                    mine.metrics.get(metric).add(metric == 1 ? random.nextInt(1_000) - 500L : (random.nextLong() >> 11) | 1);
                }
            }
            fill(writer, key, mine);
            if (!writer.endGroup()) {
                mergePart(writer);
                fill(writer, key, mine);
                assertTrue(writer.endGroup());
            }
            final Model all = expected.computeIfAbsent(key, unused -> new Model());
            all.rows[0] += mine.rows[0];
            for (int metric = 0; metric < METRICS; metric++) {
                all.metrics.get(metric).addAll(mine.metrics.get(metric));
            }
        }
        mergePart(writer);
    }

    private static void fill(final PartialBodyWriter writer, final Key key, final Model model) {
        writer.startGroup(key.bucketUs, model.rows[0]);
        for (int dimension = 0; dimension < DIMENSIONS; dimension++) {
            final String value = key.values.get(dimension);
            if (value != null) {
                final byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                writer.dimension(dimension, new UnsafeBuffer(bytes), 0, bytes.length);
            }
        }
        for (int metric = 0; metric < METRICS; metric++) {
            final List<Long> values = model.metrics.get(metric);
            final BigInteger sum = model.sum(metric);
            final double high = sum.doubleValue();
            final double low = sum.subtract(new BigDecimal(high).toBigInteger()).doubleValue();
            final double mean = values.isEmpty() ? 0 : high / values.size();
            writer.metric(metric, values.size(), high, low, values.stream().mapToDouble(value -> value).min().orElse(0),
                values.stream().mapToDouble(value -> value).max().orElse(0),
                values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum());
        }
    }

    private void mergePart(final PartialBodyWriter writer) {
        final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
        final int groups = writer.groupCount();
        assertTrue(reader.wrap(body, 8, writer.encode(body, 8), groups, DIMENSIONS, METRICS, 0));
        assertEquals(MergeStatus.OK, merge.merge(reader, table));
    }

    private JsonNode answer(final Selection selection, final List<OrderTerm> order) {
        final LogicalPlan plan = new LogicalPlan("n", "t", 0, 3 * INTERVAL_US, INTERVAL_US, Filter.ALL,
            List.of("d0", "d1", "d2", "d3", "d4", "d5"), selection, order, 10_000, null, 1_000, false);
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 22);
        while (!writer.order(1_000)) {
            assertTrue(!writer.isTooLarge());
        }
        assertEquals(table.groupCount(), writer.writeRows(10_000));
        final ByteBuf answer = writer.finish(new AnswerMetadata(1, 1, 0, 0, 1, 0, 0, null));
        final String json = answer.toString(StandardCharsets.UTF_8);
        answer.release();
        return new JsonMapper().readTree(json).get("results");
    }
}
