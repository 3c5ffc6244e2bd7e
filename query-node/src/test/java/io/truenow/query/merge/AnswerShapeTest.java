package io.truenow.query.merge;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
import io.truenow.format.sketch.TopSketch;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.Selection;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What an answer says of itself, and the values of a top list. */
class AnswerShapeTest {
    private static final List<AggregateTerm> SKETCHES = List.of(
        new AggregateTerm("top", Aggregate.TOP, "d", 0, 2), AggregateTerm.of("who", Aggregate.DISTINCT, "d"),
        new AggregateTerm("median", Aggregate.QUANTILE, "m", 0.5, 0));

    private final MergeBudget budget = new MergeBudget(1L << 22, 1L << 22);

    @ParameterizedTest
    @CsvSource({"0,0,false", "0,5,false", "1,0,true", "3,0,true", "1,1,false", "3,7,false"})
    void anAnswerIsACacheHitIfCubesGaveAllOfIt(final long cubeHits, final long scanned, final boolean isHit) {
        assertEquals(isHit, metadata(new AnswerMetadata(1, scanned, 0, cubeHits, 1, 0, 0, null)).get("cache_hit").asBoolean());
    }

    @Test
    void anAnswerIsCompleteIfNothingIsMissing() {
        final List<AnswerMetadata.Range> ranges = List.of(new AnswerMetadata.Range(7, 1, 2), new AnswerMetadata.Range(8, 3, 4));
        assertEquals("{\"complete\":true,\"start_time\":5,\"missing_shards\":[],\"missing_ranges\":[]}",
            partial(false, List.of(), List.of()));
        assertTrue(partial(true, List.of(), List.of()).startsWith("{\"complete\":false,"));
        assertTrue(partial(false, List.of(1), List.of()).startsWith("{\"complete\":false,"));
        assertEquals("{\"complete\":false,\"start_time\":5,\"missing_shards\":[],\"missing_ranges\":["
            + "{\"shard\":7,\"start_time\":1,\"end_time\":2},{\"shard\":8,\"start_time\":3,\"end_time\":4}]}",
            partial(false, List.of(), ranges));
    }

    @Test
    void aTopListHasItsValuesWithTheirBoundsAndWhatTheOthersMayHave() {
        final String longest = "a long \"one\"" + "x".repeat(300);
        final TopSketch top = new TopSketch(2);
        add(top, "few", 3);
        add(top, "most", 90);
        add(top, longest, 50);
        add(top, "some", 7);
        top.omit(2);
        final JsonNode json = term(row(top), "top");
        assertEquals(2, json.get("values").size());
        assertEquals("{\"value\":\"most\",\"count\":90,\"lower\":90,\"upper\":90}", json.get("values").get(0).toString());
        assertEquals(longest, json.get("values").get(1).get("value").asString());
        assertEquals(50, json.get("values").get(1).get("count").asInt());
        assertEquals(50, json.get("values").get(1).get("upper").asInt());
        assertEquals(7, json.get("others_at_most").asInt(), "the third is not listed and has so many");
    }

    @Test
    void aTopListOfFewSaysWhatWasLeftOut() {
        final TopSketch top = new TopSketch(2);
        add(top, "most", 90);
        top.omit(4);
        final JsonNode json = term(row(top), "top");
        assertEquals("[{\"value\":\"most\",\"count\":90,\"lower\":90,\"upper\":90}]", json.get("values").toString());
        assertEquals(4, json.get("others_at_most").asInt());
    }

    @Test
    void aGroupThatNoLaneGaveASketchHasNothingInIt() {
        final JsonNode row = row(null);
        assertEquals("{\"values\":[],\"others_at_most\":0}", term(row, "top").toString());
        assertEquals("{\"value\":0,\"lower\":0,\"upper\":0,\"exact\":true}", term(row, "who").toString());
        assertEquals("{\"value\":null,\"lower\":null,\"upper\":null,\"exact\":true}", term(row, "median").toString());
    }

    @Test
    void anAnswerIsTooLargeBeyondItsLimitAndIsLetGo() {
        final MergeTable table = new MergeTable(budget, 10);
        assertEquals(MergeStatus.OK, table.reset(0, 0, List.of()));
        for (int bucket = 0; bucket < 3; bucket++) {
            table.addRows(table.group(bucket, new int[0]), 1);
        }
        final CountingAllocator allocator = new CountingAllocator();
        final JsonRows all = new JsonRows(plan(List.of()), 0, table, allocator, 1 << 10);
        assertTrue(all.order(100));
        assertEquals(3, all.writeRows(100));
        assertFalse(all.isTooLarge());
        final int length = all.finish(new AnswerMetadata(1, 1, 0, 0, 1, 0, 0, null)).readableBytes();
        assertEquals(1, allocator.last.refCnt());
        all.close();
        assertEquals(1, allocator.last.refCnt(), "it belongs to who has got it");
        allocator.last.release();
        final JsonRows small = new JsonRows(plan(List.of()), 0, table, allocator, length / 4);
        assertTrue(small.order(100));
        assertTrue(small.writeRows(100) < 3);
        assertTrue(small.isTooLarge());
        small.close();
        small.close();
        assertEquals(0, allocator.last.refCnt());
        table.release();
    }

    private static String partial(final boolean clamped, final List<Integer> shards, final List<AnswerMetadata.Range> ranges) {
        final AnswerMetadata.Partial partial = new AnswerMetadata.Partial(5, clamped, shards, ranges);
        return metadata(new AnswerMetadata(1, 1, 0, 0, 1, 0, 0, partial)).get("partial").toString();
    }

    private static JsonNode metadata(final AnswerMetadata metadata) {
        final MergeTable table = new MergeTable(new MergeBudget(1 << 20, 1 << 20), 10);
        assertEquals(MergeStatus.OK, table.reset(0, 0, List.of()));
        return answer(table, plan(List.of()), metadata).get("metadata");
    }

    /** One row of a group, with that sketch if any. */
    private JsonNode row(final TopSketch top) {
        final LogicalPlan plan = plan(SKETCHES);
        final MergeTable table = new MergeTable(budget, 10);
        assertEquals(MergeStatus.OK, table.reset(0, 0, plan.selection().sketches()));
        final PartialBodyWriter writer = new PartialBodyWriter();
        writer.begin(0, 0, 3);
        writer.startGroup(0, 1);
        if (top != null) {
            final ExpandableArrayBuffer bytes = new ExpandableArrayBuffer();
            writer.sketch(0, bytes, 0, top.serialize(bytes, 0));
        }
        assertTrue(writer.endGroup());
        final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
        final PartialBodyReader reader = new PartialBodyReader();
        assertTrue(reader.wrap(body, 0, writer.encode(body, 0), 1, 0, 0, 3));
        assertEquals(MergeStatus.OK, new PartialMerge().merge(reader, table));
        return answer(table, plan, new AnswerMetadata(1, 1, 0, 0, 1, 0, 0, null)).get("results").get(0);
    }

    private static JsonNode answer(final MergeTable table, final LogicalPlan plan, final AnswerMetadata metadata) {
        final JsonRows writer = new JsonRows(plan, 0, table, UnpooledByteBufAllocator.DEFAULT, 1 << 20);
        assertTrue(writer.order(100));
        writer.writeRows(100);
        final ByteBuf answer = writer.finish(metadata);
        table.release();
        final String json = answer.toString(StandardCharsets.UTF_8);
        answer.release();
        return new JsonMapper().readTree(json);
    }

    private static LogicalPlan plan(final List<AggregateTerm> terms) {
        return new LogicalPlan("n", "t", 0, 5_000_000, 0, Filter.ALL, List.of(), new Selection(Aggregate.COUNT, null, terms), List.of(), 10,
            null, 1_000, true);
    }

    private static JsonNode term(final JsonNode row, final String name) {
        return row.get("aggregates").get(name);
    }

    private static void add(final TopSketch top, final String value, final long count) {
        final byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        top.add(new UnsafeBuffer(bytes), 0, bytes.length, count);
    }

    /** Remembers what it gave last. */
    private static final class CountingAllocator extends AbstractByteBufAllocator {
        private ByteBuf last;

        @Override
        protected ByteBuf newHeapBuffer(final int initialCapacity, final int maxCapacity) {
            last = Unpooled.buffer(initialCapacity, maxCapacity);
            return last;
        }

        @Override
        protected ByteBuf newDirectBuffer(final int initialCapacity, final int maxCapacity) {
            return newHeapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }
}
