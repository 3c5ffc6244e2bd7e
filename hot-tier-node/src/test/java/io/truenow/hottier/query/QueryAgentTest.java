package io.truenow.hottier.query;

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
import io.truenow.hottier.lane.LaneCounters;
import io.truenow.hottier.lane.LaneExchange;
import io.truenow.hottier.link.PeerSender;
import io.truenow.hottier.model.ShardUnderTest;
import io.truenow.hottier.model.TestScans;
import io.truenow.hottier.segment.LaneMemory;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Admission of queries, with a query node played by hand. */
final class QueryAgentTest implements QueryTransport, PeerSender {
    private static final int QUERY_NODE_ID = 7;
    private static final int QUERIES = 300;

    private final MemoryAccountant accountant = new MemoryAccountant(1 << 24);
    private final LaneMemory memory = ShardUnderTest.memory(accountant);
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final Map<PartialStatus, Integer> answers = new EnumMap<>(PartialStatus.class);
    private final Catalog catalog = catalog();
    private final List<Throwable> errors = new ArrayList<>();
    private long nowNs = 1;
    private boolean isSenderBroken;
    private final TestScans scans = new TestScans(memory, CubeLimits.none());
    private final QueryAgent agent = new QueryAgent(new QueryContext(0, () -> this, () -> catalog, memory, new LaneExchange(), null,
        LaneCounters.register(metrics, 0), QueryCounters.register(metrics, 0), scans.tools(), () -> nowNs, errors::add));

    @AfterEach
    void closeMemory() {
        memory.close();
    }

    @Test
    void queriesThatOnlyWaitAreNotTooMany() {
        agent.doWork();
        for (int i = 0; i < QUERIES; i++) {
            ask(i);
        }
        agent.doWork();
        assertEquals(Map.of(), answers);
        nowNs += 201_000_000L;
        agent.doWork();
        agent.doWork();
        assertEquals(Map.of(PartialStatus.NOT_OWNER, QUERIES), answers);
        assertEquals(List.of(), errors);
    }

    @Test
    void aQueryThatFailsEndsAlone() {
        agent.doWork();
        ask(1);
        ask(2);
        nowNs += 201_000_000L;
        isSenderBroken = true;
        agent.doWork();
        assertEquals(1, errors.size());
        agent.doWork();
        agent.doWork();
        assertEquals(Map.of(PartialStatus.NOT_OWNER, 1), answers);
        assertEquals(1, errors.size());
    }

    private void ask(final long correlationId) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[256]);
        final ShardQueryEncoder query = new ShardQueryEncoder();
        query.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder()).correlationId(correlationId).queryNodeId(QUERY_NODE_ID)
            .tableId(1).startTimeUs(0).endTimeUs(1).intervalUs(0).timeoutMs(1_000).maxGroups(1).queryNodeIncarnation(1);
        query.shardsCount(1).next().shardId(1).reserved(0).epoch(1);
        query.wantedCount(0);
        query.groupByCount(0);
        query.metricsCount(0);
        query.sketchesCount(0);
        query.predicateCount(0);
        agent.onFragment(message, 0, MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength(), null);
    }

    private static Catalog catalog() {
        final TreeMap<Integer, ServiceInstance> services = new TreeMap<>();
        services.put(QUERY_NODE_ID, new ServiceInstance(
            QUERY_NODE_ID, ServiceKind.QUERY, 1, 1, "h", 1, 1, 0, ServiceState.ACTIVE, 1, 1));
        return new Catalog(1, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), services);
    }

    @Override
    public int nodeId() {
        return 1;
    }

    @Override
    public int poll(final FragmentHandler handler, final int fragmentLimit) {
        return 0;
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
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        if (isSenderBroken) {
            isSenderBroken = false;
            throw new IllegalArgumentException("too long");
        }
        answers.merge(new PartialResultDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder()).status(), 1, Integer::sum);
        return true;
    }

    @Override
    public void close() {
        // nothing is held
    }
}
