package io.truenow.hottier.query;

import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.query.CancelQueryDecoder;
import io.truenow.codecs.query.LaneStatsEncoder;
import io.truenow.codecs.query.LaneStatsRequestDecoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.hottier.link.PeerSender;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.Agent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The reader of a lane's memory: takes cuts and scans them, some blocks of one query, then of the next. A duty cycle: let go of segments
 * that left their shard, poll the query stream, move each query on by one morsel.
 */
public final class QueryAgent implements Agent {
    /** More at once are refused. */
    static final int MAX_QUERIES = 1_024;
    /** More at once wait for their cut: from then on each holds arrays for its groups, some 10 MB on the heap. One group costs none. */
    private static final int MAX_RUNNING = 32;
    /** Queries kept for reuse, with their arrays. */
    private static final int MAX_IDLE = 8;
    /** About a tenth of a millisecond. */
    private static final int ROWS_PER_MORSEL = 16 * 4_096;
    private static final int FRAGMENT_LIMIT = 16;
    /** So long a query waits for room for its groups and sketches. */
    private static final long PATIENCE_NS = 1_000_000_000L;

    private final QueryContext context;
    private final ScanTools tools;
    private final Successors successors;
    private final BackgroundFold backgroundFold;
    private final PartialSender partialSender;
    private final List<RunningQuery> queries = new ArrayList<>();
    private final ArrayDeque<RunningQuery> idle = new ArrayDeque<>();
    private final Int2ObjectHashMap<PeerSender> senders = new Int2ObjectHashMap<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ShardQueryDecoder shardQuery = new ShardQueryDecoder();
    private final CancelQueryDecoder cancelQuery = new CancelQueryDecoder();
    private final LaneStatsRequestDecoder statsRequest = new LaneStatsRequestDecoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final LaneStatsEncoder stats = new LaneStatsEncoder();
    private final ExpandableArrayBuffer statsBuffer = new ExpandableArrayBuffer(128);
    private final RowRate rowRate = new RowRate();
    private final FragmentHandler handler = this::onFragment;
    private QueryTransport transport;
    private int running;
    private long nowNs;

    /** A query agent that begins when its transport is there. */
    public QueryAgent(final QueryContext context) {
        this.context = context;
        this.tools = context.tools();
        this.successors = new Successors(tools.cubes());
        this.backgroundFold = new BackgroundFold(tools, context.exchange(), context.nanoClock());
        this.partialSender = new PartialSender(context.lane(), context.memory().values());
    }

    @Override
    public int doWork() {
        nowNs = context.nanoClock().nanoTime();
        if (transport == null) {
            transport = context.transport().get();
            if (transport == null) {
                return 0;
            }
        }
        int work = releaseRetired();
        tools.yieldMemory();
        rowRate.onTime(nowNs, context.laneCounters().rowsApplied().get());
        work += transport.poll(handler, FRAGMENT_LIMIT);
        if (isAsked()) {
            backgroundFold.letGo();
        }
        for (int i = 0; i < queries.size(); i++) {
            final RunningQuery query = queries.get(i);
            RunningQuery.Phase before;
            do {
                before = query.phase;
                work += advanceOrFail(query);
            }
            while (query.phase != before && query.phase != RunningQuery.Phase.OVER);
        }
        boolean isRowAwaited = false;
        for (int i = queries.size() - 1; i >= 0; i--) {
            isRowAwaited |= queries.get(i).phase == RunningQuery.Phase.WAITING;
            if (queries.get(i).phase == RunningQuery.Phase.OVER) {
                final RunningQuery over = queries.remove(i);
                if (idle.size() < MAX_IDLE) {
                    idle.push(over);
                } else {
                    over.close();
                }
            }
        }
        work += context.exchange().awaitRows(isRowAwaited) ? 1 : 0;
        return isAsked() ? work : work + foldInBackground();
    }

    @Override
    public void onClose() {
        backgroundFold.close();
        queries.forEach(RunningQuery::close);
        idle.forEach(RunningQuery::close);
        senders.values().forEach(PeerSender::close);
        if (transport != null) {
            transport.close();
        }
    }

    @Override
    public String roleName() {
        return "query-agent-" + context.lane();
    }

    private int releaseRetired() {
        int count = context.exchange().flushReleased();
        Segment segment = context.exchange().pollRetired();
        while (segment != null) {
            count++;
            backgroundFold.letGo();
            successors.onRetired(segment, context.exchange().shardList());
            if (segment.retire()) {
                tools.cubes().drop(segment.uid());
                context.exchange().release(segment);
            }
            segment = context.exchange().pollRetired();
        }
        return count;
    }

    /** Whether a query is to be moved on; one that waits for room to send is not. */
    private boolean isAsked() {
        for (int i = 0; i < queries.size(); i++) {
            if (queries.get(i).phase != RunningQuery.Phase.SENDING) {
                return true;
            }
        }
        return false;
    }

    private int foldInBackground() {
        try {
            return backgroundFold.step();
        } catch (final RuntimeException e) {
            context.errors().onError(new IllegalStateException("folding between queries failed", e));
            backgroundFold.letGo();
            return 1;
        }
    }

    /** What one query does wrong ends that query and no other. */
    private int advanceOrFail(final RunningQuery query) {
        try {
            return advance(query);
        } catch (final RuntimeException e) {
            context.errors().onError(new IllegalStateException("a query failed on its lane", e));
            if (query.phase == RunningQuery.Phase.SENDING) {
                end(query);
            } else {
                query.fail(PartialStatus.INTERNAL, -1);
            }
            return 1;
        }
    }

    private int advance(final RunningQuery query) {
        return switch (query.phase) {
            case WAITING -> {
                if ((running < MAX_RUNNING || query.plan.isOneGroup()) && query.tryCut(context.exchange(), nowNs)) {
                    running += query.holdsCut() ? 1 : 0;
                    yield 1;
                }
                yield checkDeadline(query) ? 1 : 0;
            }
            case SCANNING -> {
                scan(query);
                yield 1;
            }
            case SENDING -> send(query);
            case OVER -> 0;
        };
    }

    private void scan(final RunningQuery query) {
        if (checkDeadline(query)) {
            return;
        }
        final boolean isOver = query.scan.run(ROWS_PER_MORSEL);
        if (query.scan.hasTooManyGroups()) {
            query.fail(PartialStatus.TOO_MANY_GROUPS, -1);
        } else if (query.scan.hasTooLargeSketches()) {
            query.fail(PartialStatus.SKETCHES_TOO_LARGE, -1);
        } else if (query.isStalledFor(nowNs) > PATIENCE_NS) {
            // perhaps all wait for each other: who gives up first lets the others go on
            query.fail(PartialStatus.NO_MEMORY, -1);
        } else if (isOver) {
            query.phase = RunningQuery.Phase.SENDING;
        }
    }

    private boolean checkDeadline(final RunningQuery query) {
        return nowNs - query.deadlineNs >= 0 && query.fail(PartialStatus.DEADLINE, -1);
    }

    private int send(final RunningQuery query) {
        final PeerSender sender = sender(query.queryNodeId);
        if (sender != null && partialSender.send(query, sender, transport.nodeId())) {
            if (query.messageIsLast) {
                // one that took no cut still has the figures of the query before
                context.counters().rowsScanned().getAndAddRelease(query.cutCount() == 0 ? 0 : query.scan.rowsScanned());
                context.counters().nanoseconds().getAndAddRelease(context.nanoClock().nanoTime() - query.arrivalNs);
                if (query.status != PartialStatus.OK) {
                    context.counters().refusals().incrementRelease();
                }
                end(query);
            }
            return 1;
        }
        if (nowNs - query.deadlineNs >= 0) {
            // whoever asked has given up by now
            context.counters().abandoned().incrementRelease();
            end(query);
            return 1;
        }
        return 0;
    }

    private void end(final RunningQuery query) {
        running -= query.holdsCut() ? 1 : 0;
        query.end(context.exchange());
    }

    private PeerSender sender(final int queryNodeId) {
        final ServiceInstance service = context.catalogView().catalog().service(queryNodeId);
        if (service == null) {
            return null;
        }
        PeerSender sender = senders.get(queryNodeId);
        if (sender == null) {
            sender = transport.sender(queryNodeId);
            senders.put(queryNodeId, sender);
        }
        sender.target(service);
        return sender;
    }

    /** Package-private for tests: one whole message of the query stream. */
    void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header ignored) {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            context.counters().invalidMessages().incrementRelease();
            return;
        }
        header.wrap(buffer, offset);
        final int bodyOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            context.counters().invalidMessages().incrementRelease();
            return;
        }
        switch (header.templateId()) {
            case ShardQueryDecoder.TEMPLATE_ID -> {
                shardQuery.wrap(buffer, bodyOffset, header.blockLength(), header.version());
                onShardQuery();
            }
            case CancelQueryDecoder.TEMPLATE_ID -> {
                cancelQuery.wrap(buffer, bodyOffset, header.blockLength(), header.version());
                onCancel(cancelQuery.queryNodeId(), cancelQuery.correlationId());
            }
            case LaneStatsRequestDecoder.TEMPLATE_ID -> {
                statsRequest.wrap(buffer, bodyOffset, header.blockLength(), header.version());
                onStatsRequest(statsRequest.queryNodeId(), statsRequest.correlationId());
            }
            default -> context.counters().invalidMessages().incrementRelease();
        }
    }

    private void onShardQuery() {
        context.counters().queries().incrementRelease();
        final RunningQuery query = idle.isEmpty() ? new RunningQuery(context.memory().values(), tools) : idle.pop();
        try {
            query.begin(shardQuery, nowNs);
        } catch (final IndexOutOfBoundsException e) {
            // cut short: what it counts leads beyond its end
            context.counters().invalidMessages().incrementRelease();
            query.close();
            return;
        }
        if (queries.size() >= MAX_QUERIES) {
            query.fail(PartialStatus.OVERLOADED, -1);
        }
        queries.add(query);
    }

    private void onCancel(final int queryNodeId, final long correlationId) {
        for (int i = 0; i < queries.size(); i++) {
            final RunningQuery query = queries.get(i);
            if (query.is(queryNodeId, correlationId) && query.phase != RunningQuery.Phase.OVER) {
                context.counters().abandoned().incrementRelease();
                end(query);
            }
        }
    }

    private void onStatsRequest(final int queryNodeId, final long correlationId) {
        final PeerSender sender = sender(queryNodeId);
        if (sender == null) {
            return;
        }
        long rowsHeld = 0;
        for (final ShardStore shard : context.exchange().shardList()) {
            rowsHeld += shard.rowsHeld();
        }
        long bytes = 0;
        for (final BlockUse use : context.memory().pool().uses()) {
            bytes += use.usedBytes();
        }
        stats.wrapAndApplyHeader(statsBuffer, 0, headerEncoder)
            .correlationId(correlationId)
            .nodeId(transport.nodeId())
            .lane(context.lane())
            .rowsHeld(rowsHeld)
            .rowsApplied(context.laneCounters().rowsApplied().get())
            .duplicates(context.laneCounters().rowsRepeated().get())
            .offHeapBytes(bytes)
            .shardCount(context.laneAgent().shardCount())
            .shardsCatchingUp(context.laneAgent().shardsCatchingUp())
            .rowsPerSecond(rowRate.perSecond());
        // statistics that find no room are not worth keeping: the asker asks again
        sender.offer(statsBuffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + stats.encodedLength());
    }
}
