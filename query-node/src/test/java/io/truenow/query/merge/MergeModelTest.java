package io.truenow.query.merge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.plan.Aggregate;
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
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random rows, split over lanes and parts, merged, ordered, limited and written, against a model that has all rows in a list. */
class MergeModelTest {
    private static final String[] VALUES = {
        null, "null", "", "us-east", "eu", "a", "a,b:x", "z", "z,pro\"duct:z", "a!", "ü", "\uD83D\uDE00", "quote\"back\\slash",
        "line\nfeed", "\u0001"};
    private static final int LANES = 4;

    private final JsonMapper json = new JsonMapper();
    private final MergeBudget budget = new MergeBudget(1L << 30, 1L << 30);
    private final PartialMerge merge = new PartialMerge();
    private final PartialBodyReader reader = new PartialBodyReader();

    private record Row(long bucketUs, List<String> dimensions, Double metric) {
    }

    private record Key(long bucketUs, List<String> dimensions) {
    }

    /** Of one group, exact. */
    private static final class Model {
        private final Key key;
        private long rows;
        private long values;
        private BigDecimal sum = BigDecimal.ZERO;
        private double min = Double.POSITIVE_INFINITY;
        private double max = Double.NEGATIVE_INFINITY;

        private Model(final Key key) {
            this.key = key;
        }

        private void add(final Row row) {
            rows++;
            if (row.metric != null) {
                values++;
                sum = sum.add(new BigDecimal(row.metric));
                min = Math.min(min, row.metric);
                max = Math.max(max, row.metric);
            }
        }

        private double average() {
            return sum.divide(BigDecimal.valueOf(values), MathContext.DECIMAL128).doubleValue();
        }

        private String group(final List<String> names) {
            final List<String> texts = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                texts.add(names.get(i) + ':' + key.dimensions.get(i));
            }
            return names.isEmpty() ? "all" : String.join(",", texts);
        }
    }

    @Test
    void agreesWithTheModel() {
        final long seed = Seeds.seed("MergeModelTest");
        for (int round = 0; round < 300; round++) {
            final Random random = new Random(seed + round);
            try {
                playRound(random);
            } catch (final AssertionError e) {
                throw new AssertionError("seed " + (seed + round) + ": " + e.getMessage(), e);
            }
        }
        assertEquals(0, budget.usedBytes(), "every merge gives its memory back");
    }

    private void playRound(final Random random) {
        final List<String> names = List.of("region", "pro\"duct", "c").subList(0, random.nextInt(4));
        final boolean hasMetric = random.nextInt(4) > 0;
        final Aggregate aggregate = hasMetric ? Aggregate.values()[random.nextInt(5)] : Aggregate.COUNT;
        final List<OrderTerm> order = randomOrder(random, names.size());
        final int limit = random.nextBoolean() ? 50_000 : 1 + random.nextInt(20);
        final LogicalPlan plan = new LogicalPlan("n", "t", 0, 1_000, 10, Filter.ALL, names,
            Selection.of(aggregate, hasMetric ? "m" : null), order, limit, null, 1_000, random.nextBoolean());

        final List<Row> rows = randomRows(random, names.size(), hasMetric);
        final MergeTable table = new MergeTable(budget, 50_000);
        assertEquals(MergeStatus.OK, table.reset(names.size(), hasMetric ? 1 : 0, List.of()));
        for (int lane = 0; lane < LANES; lane++) {
            final int mine = lane;
            final List<Row> laneRows = rows.stream().filter(row -> Math.floorMod(row.hashCode(), LANES) == mine).toList();
            mergeLane(groupsOf(laneRows), table, names.size(), hasMetric, 600 + random.nextInt(2_000));
        }

        final List<Model> expected = new ArrayList<>(groupsOf(rows));
        expected.sort(modelOrder(order, names, aggregate, hasMetric));
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 24);
        final int step = 1 + random.nextInt(50);
        while (!writer.order(step)) {
            assertTrue(!writer.isTooLarge());
        }
        while (writer.writeRows(7) > 0) {
            assertTrue(!writer.isTooLarge());
        }
        final ByteBuf answer = writer.finish(new AnswerMetadata(1_234_567, 99, 8, 2, 3, Long.MIN_VALUE, 5,
            plan.partial() ? new AnswerMetadata.Partial(7, true, List.of(4, 9), List.of(new AnswerMetadata.Range(4, 1, 2))) : null));
        table.release();
        final JsonNode tree = json.readTree(answer.toString(StandardCharsets.UTF_8));
        answer.release();
        compare(tree.get("results"), expected.subList(0, Math.min(limit, expected.size())), names, aggregate, hasMetric);
        final JsonNode metadata = tree.get("metadata");
        assertEquals(1.234, metadata.get("query_time_ms").asDouble());
        assertEquals(99, metadata.get("records_scanned").asInt());
        assertEquals(8, metadata.get("records_folded").asInt());
        assertEquals(2, metadata.get("cube_hits").asInt());
        assertEquals(3, metadata.get("shards").asInt());
        assertTrue(metadata.get("watermark_us").isNull());
        assertEquals(5, metadata.get("available_from_us").asInt());
        assertEquals(plan.partial() ? "{\"complete\":false,\"start_time\":7,\"missing_shards\":[4,9],"
            + "\"missing_ranges\":[{\"shard\":4,\"start_time\":1,\"end_time\":2}]}" : null,
            metadata.get("partial") == null ? null : metadata.get("partial").toString());
    }

    private void compare(
        final JsonNode results,
        final List<Model> expected,
        final List<String> names,
        final Aggregate aggregate,
        final boolean hasMetric) {
        assertEquals(expected.size(), results.size());
        for (int i = 0; i < expected.size(); i++) {
            final Model model = expected.get(i);
            final JsonNode row = results.get(i);
            assertEquals(model.key.bucketUs, row.get("timestamp").asLong());
            assertEquals(model.group(names), row.get("group").asString());
            final Map<String, String> dimensions = new LinkedHashMap<>();
            row.get("dimensions").properties().forEach(
                entry -> dimensions.put(entry.getKey(), entry.getValue().isNull() ? null : entry.getValue().asString()));
            final Map<String, String> wanted = new LinkedHashMap<>();
            for (int d = 0; d < names.size(); d++) {
                wanted.put(names.get(d), model.key.dimensions.get(d));
            }
            assertEquals(wanted, dimensions);
            final boolean has = hasMetric && model.values > 0;
            assertEquals(hasMetric ? model.values : model.rows, row.get("count").asLong());
            assertNumber(has ? model.sum.doubleValue() : null, row.get("sum"));
            if (has && model.sum.stripTrailingZeros().scale() <= 0) {
                assertEquals(model.sum.toBigInteger(), row.get("sum").bigIntegerValue(), "all digits of a sum of whole numbers");
            }
            assertNumber(has ? model.average() : null, row.get("avg"));
            assertNumber(has ? model.min : null, row.get("min"));
            assertNumber(has ? model.max : null, row.get("max"));
            assertNumber(number(model, aggregate.name(), hasMetric, aggregate), row.get("value"));
        }
    }

    private static void assertNumber(final Double expected, final JsonNode actual) {
        if (expected == null) {
            assertTrue(actual.isNull(), actual.toString());
        } else {
            assertEquals(expected, actual.asDouble(), Math.abs(expected) * 1e-15);
            assertTrue(expected != Math.rint(expected) || Math.abs(expected) >= 0x1p53 || actual.isIntegralNumber(),
                "a whole number has no fraction: " + actual);
        }
    }

    private static Double number(final Model model, final String key, final boolean hasMetric, final Aggregate aggregate) {
        final boolean has = hasMetric && model.values > 0;
        return switch (key) {
            case "VALUE" -> number(model, aggregate.name(), hasMetric, aggregate);
            case "COUNT" -> (double) (hasMetric ? model.values : model.rows);
            case "SUM" -> has ? model.sum.doubleValue() : null;
            case "AVG" -> has ? model.average() : null;
            case "MIN" -> has ? model.min : null;
            case "MAX" -> has ? model.max : null;
            default -> throw new AssertionError(key);
        };
    }

    private static Comparator<Model> modelOrder(
        final List<OrderTerm> terms, final List<String> names, final Aggregate aggregate, final boolean hasMetric) {
        Comparator<Model> byTextAndValues = (a, b) -> compareUtf8(a.group(names), b.group(names));
        for (int i = 0; i < names.size(); i++) {
            // other groups can read the same: by value then, none first
            final int dimension = i;
            byTextAndValues = byTextAndValues.thenComparing(model -> model.key.dimensions.get(dimension),
                Comparator.nullsFirst(MergeModelTest::compareUtf8));
        }
        final Comparator<Model> byGroup = byTextAndValues;
        Comparator<Model> order = (a, b) -> 0;
        for (final OrderTerm term : terms) {
            final Comparator<Model> next = switch (term.key()) {
                case TIMESTAMP -> directed(Comparator.comparingLong(model -> model.key.bucketUs), term);
                case GROUP -> directed(byGroup, term);
                case DIMENSION -> Comparator.comparing(model -> model.key.dimensions.get(term.index()),
                    Comparator.nullsLast(directed(MergeModelTest::compareUtf8, term)));
                default -> Comparator.comparing(model -> number(model, term.key().name(), hasMetric, aggregate),
                    Comparator.nullsLast(directed(Comparator.<Double>naturalOrder(), term)));
            };
            order = order.thenComparing(next);
        }
        return order.thenComparing(model -> model.key.bucketUs).thenComparing(byGroup);
    }

    private static <T> Comparator<T> directed(final Comparator<T> ascending, final OrderTerm term) {
        return term.descending() ? ascending.reversed() : ascending;
    }

    private static int compareUtf8(final String a, final String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    private static List<OrderTerm> randomOrder(final Random random, final int dimensions) {
        final List<OrderTerm> terms = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            final OrderTerm.Key key = OrderTerm.Key.values()[random.nextInt(OrderTerm.Key.AGGREGATE.ordinal())];
            if (key != OrderTerm.Key.DIMENSION) {
                terms.add(new OrderTerm(key, -1, random.nextBoolean()));
            } else if (dimensions > 0) {
                terms.add(new OrderTerm(key, random.nextInt(dimensions), random.nextBoolean()));
            }
        }
        return terms;
    }

    private static List<Row> randomRows(final Random random, final int dimensions, final boolean hasMetric) {
        final List<Row> rows = new ArrayList<>();
        final int count = random.nextInt(400);
        final boolean wholeNumbers = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            final List<String> values = new ArrayList<>();
            for (int d = 0; d < dimensions; d++) {
                values.add(random.nextInt(3) == 0 ? "v" + random.nextInt(40) : VALUES[random.nextInt(VALUES.length)]);
            }
            // whole numbers so large that their sum is not exact in one double
            final double metric = wholeNumbers ? (double) (random.nextLong() >> 9) : random.nextDouble() * 100;
            rows.add(new Row(random.nextInt(5) * 10L - 20, values, hasMetric && random.nextInt(5) > 0 ? metric : null));
        }
        return rows;
    }

    private static List<Model> groupsOf(final List<Row> rows) {
        final Map<Key, Model> groups = new LinkedHashMap<>();
        for (final Row row : rows) {
            groups.computeIfAbsent(new Key(row.bucketUs, row.dimensions), Model::new).add(row);
        }
        return List.copyOf(groups.values());
    }

    /** As a lane would: its groups' states in parts of at most so many bytes. */
    private void mergeLane(
        final List<Model> groups, final MergeTable table, final int dimensions, final boolean hasMetric, final int partBytes) {
        final PartialBodyWriter writer = new PartialBodyWriter(partBytes);
        writer.begin(dimensions, hasMetric ? 1 : 0, 0);
        for (final Model group : groups) {
            fill(writer, group, hasMetric);
            if (!writer.endGroup()) {
                mergePart(writer, table, dimensions, hasMetric);
                fill(writer, group, hasMetric);
                assertTrue(writer.endGroup());
            }
        }
        mergePart(writer, table, dimensions, hasMetric);
    }

    private static void fill(final PartialBodyWriter writer, final Model group, final boolean hasMetric) {
        writer.startGroup(group.key.bucketUs, group.rows);
        for (int i = 0; i < group.key.dimensions.size(); i++) {
            final String value = group.key.dimensions.get(i);
            if (value != null) {
                final byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                writer.dimension(i, new UnsafeBuffer(bytes), 0, bytes.length);
            }
        }
        if (hasMetric) {
            final double high = group.sum.doubleValue();
            final double low = group.sum.subtract(new BigDecimal(high)).doubleValue();
            writer.metric(0, group.values, high, low, group.min, group.max, Double.NaN);
        }
    }

    private void mergePart(final PartialBodyWriter writer, final MergeTable table, final int dimensions, final boolean hasMetric) {
        final ExpandableArrayBuffer target = new ExpandableArrayBuffer();
        final int groups = writer.groupCount();
        final int length = writer.encode(target, 8);
        assertTrue(reader.wrap(target, 8, length, groups, dimensions, hasMetric ? 1 : 0, 0));
        assertEquals(MergeStatus.OK, merge.merge(reader, table));
    }

    @Test
    void keepsToItsBounds() {
        final MergeBudget small = new MergeBudget(1L << 20, 1L << 16);
        final MergeTable table = new MergeTable(small, 1_000);
        assertEquals(MergeStatus.OK, table.reset(1, 0, List.of()));
        final List<Model> groups = new ArrayList<>();
        for (int i = 0; i < 1_001; i++) {
            groups.add(new Model(new Key(i, Collections.singletonList(null))));
            groups.getLast().rows = 1;
        }
        assertEquals(MergeStatus.TOO_MANY_GROUPS, mergeAll(groups, table));
        assertTrue(small.usedBytes() <= 1L << 16);
        table.release();
        final MergeTable wide = new MergeTable(small, 50_000);
        assertEquals(MergeStatus.OK, wide.reset(1, 0, List.of()));
        groups.clear();
        for (int i = 0; i < 300; i++) {
            groups.add(new Model(new Key(0, List.of("value " + i + "x".repeat(300)))));
            groups.getLast().rows = 1;
        }
        assertEquals(MergeStatus.QUERY_TOO_LARGE, mergeAll(groups, wide));
        wide.release();
        assertEquals(0, small.usedBytes());
    }

    private MergeStatus mergeAll(final List<Model> groups, final MergeTable table) {
        final PartialBodyWriter writer = new PartialBodyWriter(1 << 20);
        writer.begin(1, 0, 0);
        for (final Model group : groups) {
            fill(writer, group, false);
            assertTrue(writer.endGroup());
        }
        final ExpandableArrayBuffer target = new ExpandableArrayBuffer();
        final int count = writer.groupCount();
        assertTrue(reader.wrap(target, 0, writer.encode(target, 0), count, 1, 0, 0));
        return merge.merge(reader, table);
    }
}
