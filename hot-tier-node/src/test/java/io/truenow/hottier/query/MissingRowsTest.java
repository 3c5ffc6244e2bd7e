package io.truenow.hottier.query;

import io.truenow.codecs.query.PartialStatus;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.model.TestScans;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.hottier.lane.LaneCounters;
import io.truenow.hottier.lane.LaneExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A query over a range that lost rows fails and says so, or answers and says so; beside it, it is as if nothing was lost. */
final class MissingRowsTest {
    private static final int SHARD_ID = 4;

    private final LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(1 << 24));
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final LaneExchange exchange = new LaneExchange();
    private final Catalog catalog = FakeQueryNode.catalog();
    private final FakeQueryNode node = new FakeQueryNode();
    private final TestScans scans = new TestScans(memory, CubeLimits.none());
    private final List<Throwable> errors = new ArrayList<>();
    private final QueryAgent agent = new QueryAgent(new QueryContext(0, () -> node, () -> catalog, memory, exchange, null,
        LaneCounters.register(metrics, 0), QueryCounters.register(metrics, 0), scans.tools(), () -> 1, errors::add));

    @AfterEach
    void closeMemory() {
        scans.close();
        memory.close();
    }

    @Test
    void rangesThatLostRowsAreNamed() {
        final ShardStore shard = new ShardStore(memory, SHARD_ID, 3);
        shard.publishState(1, true, 50);
        shard.publishMissing(MissingRanges.NONE.with(100, 200).with(300, 400));
        exchange.shards(List.of(shard));
        ask(200, 300, false);
        ask(150, 300, false);
        ask(150, 300, true);
        ask(0, 300, true);
        ask(60, 301, true);
        ask(400, 500, true);
        while (node.answers().size() < 6) {
            agent.doWork();
        }
        assertEquals(List.of(
            PartialStatus.OK + "", PartialStatus.MISSING_ROWS + " 100-200", PartialStatus.OK + " 100-200", PartialStatus.NOT_RETAINED + "",
            PartialStatus.OK + " 100-200 300-400", PartialStatus.OK + ""), node.answers().stream().map(Object::toString).toList());
        assertEquals(List.of(), errors);
        shard.forget();
    }

    private void ask(final long startUs, final long endUs, final boolean partial) {
        node.ask(new ShardQueryMessage(SHARD_ID).range(startUs, endUs).partial(partial).encode());
    }
}
