package io.truenow.query.merge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.OrderTerm;
import io.truenow.query.plan.Selection;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.StreamSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Groups whose text is the same: nothing in it is escaped. Their order does not depend on which lane answered first. */
class EqualGroupTextTest {
    private static final List<List<String>> GROUPS = List.of(
        Arrays.asList(null, "x"), List.of("null", "x"),
        List.of("x", "y,b:z"), List.of("x,b:y", "z"),
        Arrays.asList("y", null), List.of("y", "null"));

    private final MergeBudget budget = new MergeBudget(1L << 20, 1L << 20);
    private final PartialMerge merge = new PartialMerge();
    private final PartialBodyReader reader = new PartialBodyReader();

    @Test
    void areOrderedByTheirValuesHoweverTheyArrive() {
        assertEquals(GROUPS, answer(GROUPS, List.of()));
        assertEquals(GROUPS, answer(GROUPS.reversed(), List.of()));
        final List<List<String>> mixed = new ArrayList<>(GROUPS);
        Collections.rotate(mixed, 3);
        assertEquals(GROUPS, answer(mixed, List.of(new OrderTerm(OrderTerm.Key.COUNT, -1, true))));
        final List<OrderTerm> down = List.of(new OrderTerm(OrderTerm.Key.GROUP, -1, true));
        assertEquals(GROUPS.reversed(), answer(GROUPS, down));
        assertEquals(GROUPS.reversed(), answer(GROUPS.reversed(), down));
    }

    /** The groups' dimensions as answered, each group having come from a lane of its own, in the order given. */
    private List<List<String>> answer(final List<List<String>> arrivals, final List<OrderTerm> order) {
        final LogicalPlan plan = new LogicalPlan("n", "t", 0, 1_000, 0, Filter.ALL, List.of("a", "b"), Selection.count(), order, 50_000,
            null, 1_000, false);
        final MergeTable table = new MergeTable(budget, 50_000);
        assertEquals(MergeStatus.OK, table.reset(2, 0, List.of()));
        for (final List<String> group : arrivals) {
            final PartialBodyWriter writer = new PartialBodyWriter(1 << 12);
            writer.begin(2, 0, 0);
            writer.startGroup(0, 1);
            for (int i = 0; i < 2; i++) {
                if (group.get(i) != null) {
                    final byte[] bytes = group.get(i).getBytes(StandardCharsets.UTF_8);
                    writer.dimension(i, new UnsafeBuffer(bytes), 0, bytes.length);
                }
            }
            assertTrue(writer.endGroup());
            final ExpandableArrayBuffer target = new ExpandableArrayBuffer();
            assertTrue(reader.wrap(target, 8, writer.encode(target, 8), 1, 2, 0, 0));
            assertEquals(MergeStatus.OK, merge.merge(reader, table));
        }
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 20);
        while (!writer.order(1)) {
            assertTrue(!writer.isTooLarge());
        }
        while (writer.writeRows(7) > 0) {
            assertTrue(!writer.isTooLarge());
        }
        final ByteBuf answer = writer.finish(new AnswerMetadata(1, 1, 0, 0, 1, 0, Long.MIN_VALUE, null));
        table.release();
        final JsonNode results = new JsonMapper().readTree(answer.toString(StandardCharsets.UTF_8)).get("results");
        answer.release();
        assertEquals(GROUPS.size(), results.size());
        assertEquals(3, StreamSupport.stream(results.spliterator(), false).map(row -> row.get("group").asString()).distinct().count());
        return StreamSupport.stream(results.spliterator(), false)
            .map(row -> Arrays.asList(text(row.get("dimensions").get("a")), text(row.get("dimensions").get("b")))).toList();
    }

    private static String text(final JsonNode value) {
        return value.isNull() ? null : value.asString();
    }
}
