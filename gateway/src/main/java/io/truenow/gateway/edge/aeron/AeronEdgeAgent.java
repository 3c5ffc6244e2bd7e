package io.truenow.gateway.edge.aeron;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;
import io.truenow.client.batch.BatchPosition;
import io.truenow.codecs.edge.BindTableDecoder;
import io.truenow.codecs.edge.ClientConnectDecoder;
import io.truenow.codecs.edge.IngestRequestDecoder;
import io.truenow.codecs.edge.MessageHeaderDecoder;
import io.truenow.fabric.agent.AgentDuty;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.fabric.time.WallClock;
import io.truenow.gateway.journal.IngestCompletion;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.table.TableNeed;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.status.AtomicCounter;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes batches that clients built: copies, checks, stamps and hands them to the journal, and tells what became of them. One thread; the
 * journal's completions come back through a queue as large as the pool of requests, so it cannot be full.
 */
final class AeronEdgeAgent implements Agent {
    static final int POOL_SIZE = 128;
    private static final int MAX_SESSIONS = 256;
    private static final int MAX_BINDS = 256;
    private static final int FRAGMENT_LIMIT = 16;
    private static final int MAX_BATCHES = 1_024;
    static final long REPLY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long BIND_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    static final long SESSION_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    /** A client names where its replies go, so what it may name is narrow. */
    private static final Pattern UDP_REPLY_CHANNEL =
        Pattern.compile("aeron:udp\\?endpoint=([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]):(\\d{1,5})");
    private static final String IPC_REPLY_CHANNEL = "aeron:ipc";

    private final AeronEdge.Context context;
    private final InboxSubscription requests;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onMessage);
    private final NanoClock nanoClock;
    private final EpochMicroClock microClock = WallClock.INSTANCE;
    private final Long2ObjectHashMap<ClientSession> sessions = new Long2ObjectHashMap<>();
    private final List<PendingBind> binds = new ArrayList<>();
    private final ArrayDeque<PooledRequest> pool = new ArrayDeque<>(POOL_SIZE);
    private final List<PooledRequest> pooled = new ArrayList<>(POOL_SIZE);
    private final ManyToOneConcurrentArrayQueue<PooledRequest> completions = new ManyToOneConcurrentArrayQueue<>(POOL_SIZE);
    private final IngestCompletion completion = new Completed();
    private final Consumer<PooledRequest> onCompleted = this::onCompleted;
    private final BatchCheck check;
    private final EdgeReplies replies = new EdgeReplies();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ClientConnectDecoder connect = new ClientConnectDecoder();
    private final BindTableDecoder bindTable = new BindTableDecoder();
    private final IngestRequestDecoder ingest = new IngestRequestDecoder();
    private final AtomicCounter eventsAccepted;
    private final AtomicCounter requestsRefused;
    /** This agent's. */
    private final Doorbell doorbell;
    private long nowNs;

    AeronEdgeAgent(final AeronEdge.Context context, final InboxSubscription requests) {
        this(context, requests, ProcessClock.INSTANCE);
    }

    AeronEdgeAgent(final AeronEdge.Context context, final InboxSubscription requests, final NanoClock nanoClock) {
        this.nanoClock = nanoClock;
        this.context = context;
        this.requests = requests;
        this.check = new BatchCheck(context.tables().keptFrom(), nanoClock);
        this.doorbell = context.scheduler().doorbell(AgentDuty.JOURNAL);
        for (int i = 0; i < POOL_SIZE; i++) {
            pooled.add(new PooledRequest());
        }
        pool.addAll(pooled);
        final Metrics metrics = context.metrics();
        eventsAccepted = metrics.counter("truenow_gateway_aeron_events_total", "Events of Aeron-native clients that were journaled.");
        requestsRefused = metrics.counter("truenow_gateway_aeron_refusals_total", "Requests of Aeron-native clients that were refused.");
        metrics.gauge("truenow_gateway_aeron_sessions", "Connected Aeron-native clients.", sessions::size);
    }

    @Override
    public int doWork() {
        nowNs = nanoClock.nanoTime();
        int work = completions.drain(onCompleted);
        work += requests.poll(assembler, FRAGMENT_LIMIT);
        if (!binds.isEmpty()) {
            work += pollBinds();
        }
        return work + pollSessions();
    }

    @Override
    public String roleName() {
        return "gateway-aeron-edge";
    }

    /** Called when the agent has stopped, by whoever launched it. */
    void closeResources() {
        CloseHelper.closeAll(sessions.values());
        sessions.clear();
        requests.close();
        // a request that is still with the journal keeps its memory
        pool.forEach(PooledRequest::free);
        pool.clear();
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length, final Header fragmentHeader) {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            return;
        }
        header.wrap(buffer, offset);
        if (header.schemaId() != IngestRequestDecoder.SCHEMA_ID) {
            return;
        }
        try {
            switch (header.templateId()) {
                case IngestRequestDecoder.TEMPLATE_ID -> onIngestRequest(buffer, offset, length);
                case ClientConnectDecoder.TEMPLATE_ID -> onConnect(connect.wrapAndApplyHeader(buffer, offset, header));
                case BindTableDecoder.TEMPLATE_ID -> onBindTable(bindTable.wrapAndApplyHeader(buffer, offset, header));
                default -> {
                    // of a later version
                }
            }
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            requestsRefused.increment();
            context.errors().onError(new IllegalArgumentException("malformed message from an Aeron-native client", e));
        }
    }

    private void onConnect(final ClientConnectDecoder message) {
        final long sessionId = message.sessionId();
        final int streamId = message.replyStreamId();
        final String channel = replyChannel(message.replyChannel());
        ClientSession session = sessions.get(sessionId);
        if (session == null) {
            if (channel == null || sessions.size() >= MAX_SESSIONS) {
                requestsRefused.increment();
                return;
            }
            session = new ClientSession(context.aeron(), sessionId, channel, streamId);
            sessions.put(sessionId, session);
        }
        session.onConnect(nowNs);
    }

    private void onBindTable(final BindTableDecoder message) {
        final ClientSession session = sessions.get(message.sessionId());
        final long correlationId = message.correlationId();
        final List<String> dimensions = new ArrayList<>();
        for (final BindTableDecoder.DimensionsDecoder dimension : message.dimensions()) {
            dimensions.add(dimension.name());
        }
        final List<String> metrics = new ArrayList<>();
        for (final BindTableDecoder.MetricsDecoder metric : message.metrics()) {
            metrics.add(metric.name());
        }
        final TableNeed need = new TableNeed(message.namespaceName(), message.tableName(), dimensions, metrics);
        if (session != null && binds.size() < MAX_BINDS) {
            binds.add(new PendingBind(session, correlationId, context.tables(), need, nowNs + BIND_TIMEOUT_NS));
        }
    }

    private void onIngestRequest(final DirectBuffer buffer, final int offset, final int length) {
        ingest.wrapAndApplyHeader(buffer, offset, header);
        final ClientSession session = sessions.get(ingest.sessionId());
        if (session == null) {
            // it connects again when it misses the answer
            return;
        }
        final long correlationId = ingest.correlationId();
        final PooledRequest taken = pool.pollFirst();
        if (taken == null) {
            refuse(session, correlationId, BatchProblems.BUSY);
            return;
        }
        Problem refusal = BatchProblems.MALFORMED;
        try {
            refusal = fill(taken, buffer, offset + length);
            if (refusal == null) {
                taken.session = session;
                taken.correlationId = correlationId;
                refusal = context.journal().offer(taken.request) ? null : BatchProblems.BUSY;
            }
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            // told, as without an answer the client would send it again for ever
            context.errors().onError(new IllegalArgumentException("malformed batches from an Aeron-native client", e));
        } finally {
            if (refusal != null) {
                pool.addFirst(taken);
            }
        }
        if (refusal != null) {
            refuse(session, correlationId, refusal);
        }
    }

    /** Copies and checks the batches of the message under the decoder. Null if all are good. */
    private Problem fill(final PooledRequest taken, final DirectBuffer buffer, final int limit) {
        final int batchCount = ingest.batchCount();
        final int bodyLength = ingest.batchesLength();
        final int body = ingest.limit() + IngestRequestDecoder.batchesHeaderLength();
        if (batchCount < 1 || batchCount > MAX_BATCHES || bodyLength < 0 || bodyLength > limit - body) {
            return BatchProblems.MALFORMED;
        }
        if (bodyLength > IngestRequest.MAX_BYTES) {
            return IngestOutcome.TOO_LARGE.problem();
        }
        taken.take(buffer, body, bodyLength);
        taken.request.reset(ingest.ackLevel(), completion).attachment(taken);
        taken.rows = 0;
        final Catalog catalog = context.tables().catalog();
        final long nowUs = microClock.microTime();
        final int end = PooledRequest.BODY + bodyLength;
        int at = PooledRequest.BODY;
        for (int i = 0; i < batchCount; i++) {
            if (at > end - Integer.BYTES) {
                return BatchProblems.MALFORMED;
            }
            final int batchLength = taken.buffer.getInt(at, ByteOrder.LITTLE_ENDIAN);
            final int batch = at + Integer.BYTES;
            if (batchLength < 0 || batchLength > end - batch) {
                return BatchProblems.MALFORMED;
            }
            final Problem refusal = check.check(taken.buffer, batch, batchLength, catalog, nowUs);
            if (refusal != null) {
                return refusal;
            }
            taken.rows += check.rowCount();
            BatchPosition.acceptTimeUs(taken.buffer, batch, nowUs);
            taken.request.addBatch(taken.buffer, batch, batchLength);
            at += (batchLength + 7 & ~7) + Long.BYTES;
        }
        return null;
    }

    private void onCompleted(final PooledRequest completed) {
        if (completed.request.outcome().isJournaled()) {
            eventsAccepted.getAndAddOrdered(completed.rows);
        }
        completed.replyDeadlineNs = nowNs + REPLY_TIMEOUT_NS;
        if (sessions.get(completed.session.sessionId) == completed.session) {
            completed.session.completed().addLast(completed);
        } else {
            pool.addFirst(completed);
        }
    }

    private int pollSessions() {
        int work = 0;
        final Iterator<ClientSession> iterator = sessions.values().iterator();
        while (iterator.hasNext()) {
            final ClientSession session = iterator.next();
            if (session.isLost() || nowNs - session.lastHeardNs() > SESSION_TIMEOUT_NS) {
                pool.addAll(session.completed());
                session.close();
                iterator.remove();
                work++;
            } else {
                work += pollSession(session);
            }
        }
        return work;
    }

    private int pollSession(final ClientSession session) {
        int work = 0;
        final int gatewayId = context.gatewayId().getAsInt();
        if (session.isAnswerDue() && gatewayId >= 0
            && session.offer(replies.buffer(), replies.connected(session.sessionId, gatewayId, context.incarnation()))) {
            session.answered();
            work++;
        }
        PooledRequest next = session.completed().peekFirst();
        while (next != null && (session.offer(replies.buffer(), encode(next)) || nowNs - next.replyDeadlineNs > 0)) {
            pool.addFirst(session.completed().pollFirst());
            next = session.completed().peekFirst();
            work++;
        }
        return work;
    }

    private int pollBinds() {
        int work = 0;
        for (int i = binds.size() - 1; i >= 0; i--) {
            final PendingBind bind = binds.get(i);
            final boolean gone = sessions.get(bind.session.sessionId) != bind.session;
            if (gone || bind.poll(nowNs) && bind.session.offer(replies.buffer(), replies.bound(bind))) {
                if (!gone && bind.failure() != null) {
                    context.errors().onError(bind.failure());
                }
                binds.remove(i);
                work++;
            }
        }
        return work;
    }

    private int encode(final PooledRequest completed) {
        final IngestOutcome outcome = completed.request.outcome();
        return outcome.isJournaled()
            ? replies.ingested(completed.correlationId, completed.rows, completed.request)
            : replies.refused(completed.correlationId, outcome.problem());
    }

    /** Told at once or not at all: a client that misses it sends the batch again. */
    private void refuse(final ClientSession session, final long correlationId, final Problem refusal) {
        requestsRefused.increment();
        session.offer(replies.buffer(), replies.refused(correlationId, refusal));
    }

    private String replyChannel(final String wanted) {
        if (IPC_REPLY_CHANNEL.equals(wanted)) {
            return context.channels().ipc();
        }
        final Matcher matcher = UDP_REPLY_CHANNEL.matcher(wanted);
        return matcher.matches() ? context.channels().udp(matcher.group(1), Integer.parseInt(matcher.group(2))) : null;
    }

    /** Called on the journal's thread, which may be this one. */
    private final class Completed implements IngestCompletion {
        @Override
        public void onComplete(final IngestRequest request) {
            completions.offer((PooledRequest) request.attachment());
        }

        @Override
        public void onTurnEnd() {
            doorbell.ring();
        }
    }
}
