package io.truenow.hottier.lane;

import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.codecs.query.ShardQueryEncoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.hottier.cube.CubeLimits;
import io.truenow.hottier.link.PeerSender;
import io.truenow.hottier.model.ShardUnderTest;
import io.truenow.hottier.model.TestScans;
import io.truenow.hottier.query.QueryAgent;
import io.truenow.hottier.query.QueryContext;
import io.truenow.hottier.query.QueryCounters;
import io.truenow.hottier.query.QueryTransport;
import io.truenow.hottier.segment.LaneMemory;
import io.truenow.hottier.segment.ShardStore;
import io.truenow.hottier.shard.MissingRanges;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A query over a range that lost rows fails and says so, or answers and says so; beside it, it is as if nothing was lost. */
final class MissingRowsTest implements QueryTransport, PeerSender {
    private static final int QUERY_NODE_ID = 7;
    private static final int SHARD_ID = 4;

    private final LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(1 << 24));
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final LaneExchange exchange = new LaneExchange();
    private final Catalog catalog = catalog();
    private final TestScans scans = new TestScans(memory, CubeLimits.none());
    private final List<Throwable> errors = new ArrayList<>();
    private final ArrayDeque<UnsafeBuffer> asked = new ArrayDeque<>();
    private final List<String> answers = new ArrayList<>();
    private final QueryAgent agent = new QueryAgent(new QueryContext(0, () -> this, () -> catalog, memory, exchange, null,
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
        while (answers.size() < 6) {
            agent.doWork();
        }
        assertEquals(List.of(
            PartialStatus.OK + "", PartialStatus.MISSING_ROWS + " 100-200", PartialStatus.OK + " 100-200", PartialStatus.NOT_RETAINED + "",
            PartialStatus.OK + " 100-200 300-400", PartialStatus.OK + ""), answers);
        assertEquals(List.of(), errors);
        shard.forget();
    }

    private void ask(final long startUs, final long endUs, final boolean partial) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[256]);
        final ShardQueryEncoder query = new ShardQueryEncoder();
        query.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder()).correlationId(asked.size()).queryNodeId(QUERY_NODE_ID)
            .tableId(3).startTimeUs(startUs).endTimeUs(endUs).intervalUs(0).timeoutMs(1_000).maxGroups(1).queryNodeIncarnation(1)
            .partial((short) (partial ? 1 : 0));
        query.shardsCount(1).next().shardId(SHARD_ID).reserved(0).epoch(1);
        query.wantedCount(0);
        query.groupByCount(0);
        query.metricsCount(0);
        query.sketchesCount(0);
        query.predicateCount(0);
        asked.add(new UnsafeBuffer(message, 0, MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength()));
    }

    @Override
    public int poll(final FragmentHandler handler, final int fragmentLimit) {
        final UnsafeBuffer message = asked.poll();
        if (message == null) {
            return 0;
        }
        handler.onFragment(message, 0, message.capacity(), null);
        return 1;
    }

    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        final PartialResultDecoder result = new PartialResultDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final StringBuilder answer = new StringBuilder(result.status().toString());
        result.vector().forEachRemaining(_ -> answer.append(" vector"));
        for (final PartialResultDecoder.MissingDecoder missing : result.missing()) {
            assertEquals(SHARD_ID, missing.shardId());
            answer.append(' ').append(missing.startUs()).append('-').append(missing.endUs());
        }
        answers.add(answer.toString());
        return true;
    }

    @Override
    public int nodeId() {
        return 1;
    }

    @Override
    public PeerSender sender(final int queryNodeId) {
        return this;
    }

    @Override
    public void target(final ServiceInstance newService) {
        assertEquals(QUERY_NODE_ID, newService.id());
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public void close() {
        // nothing is held
    }

    private static Catalog catalog() {
        final TreeMap<Integer, ServiceInstance> services = new TreeMap<>();
        services.put(QUERY_NODE_ID, new ServiceInstance(
            QUERY_NODE_ID, ServiceKind.QUERY, 1, 1, "h", 1, 1, 0, ServiceState.ACTIVE, 1, 1));
        return new Catalog(1, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), services);
    }
}
