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
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Numbers of any size, one from each lane, merged and written, against exact fractions. */
class WideNumbersTest {
    private static final double MOST = Double.MAX_VALUE;
    private static final List<AggregateTerm> TERMS = List.of(
        AggregateTerm.of("sd", Aggregate.STDDEV, "m"), AggregateTerm.of("sdp", Aggregate.STDDEV_POP, "m"),
        AggregateTerm.of("per_s", Aggregate.RATE, "m"), AggregateTerm.of("rows_per_s", Aggregate.RATE, null));

    private final MergeBudget budget = new MergeBudget(1L << 24, 1L << 24);
    private final PartialBodyReader reader = new PartialBodyReader();
    private final PartialMerge merge = new PartialMerge();

    @Test
    void runningTotalsMayPassWhatADoubleHolds() {
        assertEquals(MOST, row(MOST, MOST, -MOST).get("sum").asDouble());
        final JsonNode twice = row(MOST, MOST);
        assertTrue(twice.get("sum").isNull(), "beyond a double");
        assertEquals(MOST, twice.get("avg").asDouble());
        assertEquals(0, row(MOST, -MOST).get("sum").asDouble());
        assertEquals(MOST, row(MOST, -MOST).get("aggregates").get("sdp").asDouble());
        assertEquals(Math.sqrt(2) * 1e200, row(1e200, -1e200).get("aggregates").get("sd").asDouble(), 1e185);
        assertEquals(1e-200, row(1e-200, 3e-200).get("aggregates").get("sdp").asDouble(), 1e-215);
        assertEquals(Double.MIN_VALUE, row(0, 2 * Double.MIN_VALUE).get("aggregates").get("sdp").asDouble());
    }

    @Test
    void sumsOfWholeNumbersHaveAllTheirDigits() {
        assertEquals("9007199254740993", row(0x1p53, 1).get("sum").toString());
        assertEquals("-36028797018963967", row(-0x1p53, -0x1p53, -0x1p53, -0x1p53, 1).get("sum").toString());
        assertEquals("1180591620717411303425", row(0x1p70, 1).get("sum").toString());
        assertEquals("1180591620717411303424", row(0x1p70, 1).get("max").toString());
        assertEquals("9007199254740992", row(0x1p53, 0x1p53 - 1, 0x1p53, 0x1p53, 0x1p53, 0x1p53 - 1).get("max").toString());
        assertEquals(1e300, row(1e300).get("sum").asDouble());
    }

    @Test
    void ordersByTheLastDigit() {
        final MergeTable table = table();
        add(table, 0, 0x1p53, 1);
        add(table, 1, 0x1p53, 0);
        add(table, 2, 0x1p53, 2);
        final List<Long> order = new ArrayList<>();
        answer(table, List.of(new OrderTerm(OrderTerm.Key.SUM, -1, true))).forEach(row -> order.add(row.get("timestamp").asLong()));
        assertEquals(List.of(2L, 0L, 1L), order);
    }

    @Test
    void aMetricThatNoRowCarriesHasNoRate() {
        final JsonNode terms = row().get("aggregates");
        assertTrue(terms.get("per_s").isNull());
        assertEquals(0.2, terms.get("rows_per_s").asDouble());
        assertEquals(0.4, row(2).get("aggregates").get("per_s").asDouble());
    }

    @Test
    void agreesWithFractions() {
        final Random random = new Random(Seeds.seed("WideNumbersTest"));
        for (int round = 0; round < 200; round++) {
            final double[] values = random.doubles(1 + random.nextInt(12)).map(fraction -> wild(random, fraction)).toArray();
            BigDecimal sum = BigDecimal.ZERO;
            BigDecimal sizes = BigDecimal.ZERO;
            BigDecimal squares = BigDecimal.ZERO;
            for (final double value : values) {
                sum = sum.add(new BigDecimal(value));
                sizes = sizes.add(new BigDecimal(value).abs());
                squares = squares.add(new BigDecimal(value).pow(2));
            }
            final BigDecimal count = BigDecimal.valueOf(values.length);
            final JsonNode row = row(values);
            final double lost = sizes.doubleValue() * 0x1p-80;
            assertNear(sum.doubleValue(), lost, row.get("sum"));
            assertNear(sum.divide(count, MathContext.DECIMAL128).doubleValue(), lost, row.get("avg"));
            final BigDecimal deviations = squares.multiply(count).subtract(sum.pow(2));
            final double root = deviations.sqrt(MathContext.DECIMAL128).divide(count, MathContext.DECIMAL128).doubleValue();
            // see the bound of the lanes' property tests; here by the root
            final double size = squares.sqrt(MathContext.DECIMAL64).doubleValue();
            assertNear(root, root * 1e-12 + size * 0x1p-70, row.get("aggregates").get("sdp"));
        }
        assertEquals(0, budget.usedBytes());
    }

    private static void assertNear(final double expected, final double bound, final JsonNode actual) {
        if (Double.isInfinite(expected)) {
            assertTrue(actual.isNull(), () -> actual + " is beyond a double");
        } else if (!actual.isNull() || Math.abs(expected) < MOST * (1 - 1e-12)) {
            assertEquals(expected, actual.asDouble(), bound + Math.ulp(expected) * 2);
        }
    }

    private static double wild(final Random random, final double fraction) {
        final double sign = random.nextBoolean() ? 1 : -1;
        return sign * switch (random.nextInt(4)) {
            case 0 -> MOST;
            case 1 -> 1e-200 * (1 + random.nextInt(3));
            case 2 -> 1e200 * (1 + random.nextInt(3) * 0x1p-52);
            default -> Math.scalb(1 + fraction, random.nextInt(-1_074, 1_024));
        };
    }

    private JsonNode row(final double... values) {
        final MergeTable table = table();
        add(table, 0, values);
        return answer(table, List.of()).get(0);
    }

    private MergeTable table() {
        final MergeTable table = new MergeTable(budget, 100);
        assertEquals(MergeStatus.OK, table.reset(0, 1, List.of()));
        return table;
    }

    /** Each value from a lane of its own; of none a lane tells a row that lacks the metric. */
    private void add(final MergeTable table, final long bucketUs, final double... values) {
        for (int i = 0; i < Math.max(1, values.length); i++) {
            final boolean has = i < values.length;
            final double value = has ? values[i] : 0;
            final PartialBodyWriter writer = new PartialBodyWriter();
            writer.begin(0, 1, 0);
            writer.startGroup(bucketUs, 1);
            writer.metric(0, has ? 1 : 0, value, 0, value, value, 0);
            assertTrue(writer.endGroup());
            final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
            assertTrue(reader.wrap(body, 0, writer.encode(body, 0), 1, 0, 1, 0));
            assertEquals(MergeStatus.OK, merge.merge(reader, table));
        }
    }

    private static JsonNode answer(final MergeTable table, final List<OrderTerm> order) {
        final LogicalPlan plan = new LogicalPlan("n", "t", 0, 5_000_000, 0, Filter.ALL, List.of(),
            new Selection(Aggregate.SUM, "m", TERMS), order, 10, null, 1_000, false);
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 20);
        assertTrue(writer.order(1_000));
        assertEquals(table.groupCount(), writer.writeRows(100));
        final ByteBuf answer = writer.finish(new AnswerMetadata(1, 1, 0, 0, 1, 0, 0, null));
        table.release();
        final String json = answer.toString(StandardCharsets.UTF_8);
        answer.release();
        return new JsonMapper().readTree(json).get("results");
    }
}
