package io.truenow.hottier.query;

import io.truenow.codecs.query.PartialStatus;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.model.TestScans;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.format.batch.BatchView;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.hottier.lane.LaneCounters;
import io.truenow.hottier.lane.LaneExchange;
import io.truenow.testing.Seeds;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who is admitted, who waits, who gives up, and what is given back; with a query node played by hand. */
final class QueryAgentTest {
    private static final int SHARD_ID = 4;
    private static final int TABLE_ID = 3;
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int WAITING = 300;
    /** As many hold a cut at once. */
    private static final int RUNNING = 32;
    private static final int CYCLES = 200;
    private static final int LONG_MS = 30_000;
    private static final long PATIENCE_NS = 201_000_000L;
    private static final long HEAP_PATIENCE_NS = 1_001_000_000L;
    private static final int SKETCH_ROOM_BYTES = 14 << 20;

    private final LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(1L << 28));
    private final LaneExchange exchange = new LaneExchange();
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final Catalog catalog = FakeQueryNode.catalog();
    private final FakeQueryNode node = new FakeQueryNode();
    private final List<Throwable> errors = new ArrayList<>();
    private final ShardStore shard = new ShardStore(memory, SHARD_ID, TABLE_ID);
    private final TestScans scans = new TestScans(memory, CubeLimits.none(), SKETCH_ROOM_BYTES);
    private final QueryAgent agent = new QueryAgent(new QueryContext(0, () -> node, () -> catalog, memory, exchange, null,
        LaneCounters.register(metrics, 0), QueryCounters.register(metrics, 0), scans.tools(), this::nanoTime, errors::add));
    private long nowNs = 1;

    /** Every query is over by then: what it held is back to the last byte. */
    @AfterEach
    void giveBack() {
        agent.onClose();
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            assertTrue(segment.retire(), "a query still holds a segment");
            segment.free();
        }
        shard.forget();
        scans.close();
        memory.close();
    }

    @Test
    void queriesThatOnlyWaitAreNotTooMany() {
        for (int i = 0; i < WAITING; i++) {
            node.ask(new ShardQueryMessage(SHARD_ID).correlationId(i).encode());
        }
        run();
        assertEquals(Map.of(), statuses());
        nowNs += PATIENCE_NS;
        run();
        assertEquals(Map.of(PartialStatus.NOT_OWNER, WAITING), statuses());
        assertEquals(List.of(), errors);
    }

    @Test
    void aQueryThatFailsEndsAlone() {
        node.ask(new ShardQueryMessage(SHARD_ID).correlationId(1).encode());
        node.ask(new ShardQueryMessage(SHARD_ID).correlationId(2).encode());
        run();
        nowNs += PATIENCE_NS;
        node.failOnce(new IllegalArgumentException("too long"));
        agent.doWork();
        assertEquals(1, errors.size());
        run();
        assertEquals(Map.of(PartialStatus.NOT_OWNER, 1), statuses());
        assertEquals(1, errors.size());
    }

    @Test
    void whoIsCancelledGivesTheOwnPlaceBackAndNoOther() {
        serve(List.of(row(1, "a", 1.0), row(2, "b", 2.0)));
        node.readOnly(correlationId -> correlationId >= RUNNING);
        for (int i = 0; i < RUNNING; i++) {
            node.ask(byDimension(i));
        }
        node.ask(byDimension(RUNNING));
        node.ask(byDimension(RUNNING + 1));
        run();
        assertEquals(Map.of(), statuses(), "one more than may run");
        node.ask(new ShardQueryMessage(SHARD_ID).correlationId(RUNNING + 2).timeoutMs(LONG_MS).encode());
        run();
        assertEquals(Set.of(RUNNING + 2L), answered(), "one group needs no place");
        // waits without a place: it has none to give
        node.cancel(RUNNING);
        run();
        assertEquals(Set.of(RUNNING + 2L), answered());
        node.cancel(5);
        run();
        assertEquals(Set.of(RUNNING + 1L, RUNNING + 2L), answered());
        // known no more
        node.cancel(5);
        run();
        node.readOnly(correlationId -> true);
        run();
        assertEquals(RUNNING + 1, answered().size());
        assertEquals(Set.of(PartialStatus.OK), statuses().keySet());
        assertEquals(List.of(), errors);
    }

    @Test
    void whoFindsNoRoomGivesUpInTimeAndIsToldToComeAgain() {
        serveMany();
        node.readOnly(correlationId -> false);
        final int asked = 12;
        for (int i = 0; i < asked; i++) {
            node.ask(new ShardQueryMessage(SHARD_ID).correlationId(i).groupBy(0).quantiles(0).timeoutMs(LONG_MS).encode());
            run();
        }
        // who gives up leaves room to others, of whom some find too little again
        for (int i = 0; i < asked; i++) {
            nowNs += HEAP_PATIENCE_NS;
            run();
        }
        node.readOnly(correlationId -> true);
        run();
        assertEquals(asked, answered().size());
        assertEquals(Set.of(PartialStatus.OK, PartialStatus.NO_MEMORY), statuses().keySet());
        // now there is room again
        node.answers().clear();
        node.ask(new ShardQueryMessage(SHARD_ID).groupBy(0).quantiles(0).timeoutMs(LONG_MS).encode());
        run();
        assertEquals(Set.of(PartialStatus.OK), statuses().keySet());
        assertEquals(List.of(), errors);
    }

    @Test
    void formerVersionThatCannotSayIsAnsweredWithExtremes() {
        serve(List.of(row(1, "a", -3.5), row(2, "b", 2.0), row(3, "c", 40.25)));
        node.ask(new ShardQueryMessage(SHARD_ID).metric(0, false, false).correlationId(1).encodeFormer());
        node.ask(new ShardQueryMessage(SHARD_ID).metric(0, true, false).correlationId(2).encodeFormer());
        node.ask(new ShardQueryMessage(SHARD_ID).metric(0, false, true).correlationId(3).encode());
        run();
        assertEquals(3, node.answers().size());
        for (final FakeQueryNode.Answer answer : node.answers()) {
            final PartialBodyReader groups = answer.groups();
            assertEquals(PartialStatus.OK, answer.status());
            assertEquals(3, groups.rowCount(0));
            assertEquals(38.75, groups.sum(0, 0) + groups.compensation(0, 0));
            assertEquals(-3.5, groups.min(0, 0));
            assertEquals(40.25, groups.max(0, 0));
        }
        assertTrue(Double.isFinite(node.answers().get(1).groups().m2(0, 0)), "moments were asked for");
    }

    private long nanoTime() {
        return nowNs;
    }

    private static DirectBuffer byDimension(final long correlationId) {
        return new ShardQueryMessage(SHARD_ID).correlationId(correlationId).groupBy(0).timeoutMs(LONG_MS).encode();
    }

    private void run() {
        for (int i = 0; i < CYCLES; i++) {
            agent.doWork();
        }
    }

    private Map<PartialStatus, Integer> statuses() {
        final Map<PartialStatus, Integer> statuses = new EnumMap<>(PartialStatus.class);
        node.answers().forEach(answer -> statuses.merge(answer.status(), 1, Integer::sum));
        return statuses;
    }

    private Set<Long> answered() {
        return node.answers().stream().map(FakeQueryNode.Answer::correlationId).collect(Collectors.toSet());
    }

    private static Row row(final long id, final String dimension, final double metric) {
        return new Row(id, id, FROM_US + id, List.of(dimension), List.of(metric));
    }

    private void serve(final List<Row> rows) {
        final RandomRows encoder = new RandomRows(Seeds.random("QueryAgentTest"), 1, FROM_US, FROM_US + 1);
        encoder.extend();
        final UnsafeBuffer encoded = encoder.encode(rows, shard.vector().size() == 0 ? 1 : shard.vector().sequence(0) + 1, FROM_US);
        final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
        assertTrue(view.isValid());
        assertTrue(ShardUnderTest.apply(
            new BatchApplier(memory), shard, view, encoder.dimensionCount(), encoder.metricCount(), Long.MIN_VALUE));
        shard.publishState(1, true, Long.MIN_VALUE);
        exchange.shards(List.of(shard));
    }

    /** Thousands of groups, of a few rows each. */
    private void serveMany() {
        for (int batch = 0; batch < 24; batch++) {
            final int first = batch * 500;
            serve(IntStream.range(first, first + 500).mapToObj(i -> row(1 + i, "value-" + i % 4_000, i * 1.37)).toList());
        }
    }
}
