package io.truenow.gateway.edge.aeron;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.edge.BindTableDecoder;
import io.truenow.codecs.edge.ClientConnectDecoder;
import io.truenow.codecs.edge.IngestRequestDecoder;
import io.truenow.codecs.edge.MessageHeaderDecoder;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.gateway.ingest.IngestCounters;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.table.TableNeed;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes batches that clients built, has them checked and handed to the journal, and tells what became of them. One thread.
 */
final class AeronEdgeAgent implements Agent {
    /** Requests that the journal may have at a time. */
    static final int MAX_IN_FLIGHT = 1_024;

    private static final int MAX_POOLED = 128;
    private static final int MAX_SESSIONS = 256;
    private static final int MAX_BINDS = 256;
    private static final int FRAGMENT_LIMIT = 16;
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
    private final Long2ObjectHashMap<ClientSession> sessions = new Long2ObjectHashMap<>();
    private final List<PendingBind> binds = new ArrayList<>();
    private final ArrayDeque<ClientRequest> pool = new ArrayDeque<>(MAX_POOLED);
    private final IngestFlow flow;
    private final BatchCheck check;
    private final EdgeReplies replies = new EdgeReplies();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ClientConnectDecoder connect = new ClientConnectDecoder();
    private final BindTableDecoder bindTable = new BindTableDecoder();
    private final IngestRequestDecoder ingest = new IngestRequestDecoder();
    private final AtomicCounter eventsAccepted;
    private final AtomicCounter requestsRefused;
    private long nowNs;

    AeronEdgeAgent(final AeronEdge.Context context, final InboxSubscription requests) {
        this.nanoClock = context.nanoClock();
        this.context = context;
        this.requests = requests;
        this.check = new BatchCheck(context.ingest().tables().keptFrom(), nanoClock);
        this.flow = new IngestFlow(
            context.ingest(), new Counters(), MAX_IN_FLIGHT, context.scheduler().doorbell(AeronEdge.DUTY)::ring);
        final Metrics metrics = context.metrics();
        eventsAccepted = metrics.counter("truenow_gateway_aeron_events_total", "Events of Aeron-native clients that were journaled.");
        requestsRefused = metrics.counter("truenow_gateway_aeron_refusals_total", "Requests of Aeron-native clients that were refused.");
        metrics.gauge("truenow_gateway_aeron_sessions", "Connected Aeron-native clients.", sessions::size);
    }

    @Override
    public int doWork() {
        nowNs = nanoClock.nanoTime();
        int work = flow.poll();
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
        // a request that is still with the journal keeps its memory
        requests.close();
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
            // a message of this version shows no credentials
            session = new ClientSession(context.aeron(), sessionId, Principal.ANONYMOUS, channel, streamId);
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
            binds.add(new PendingBind(session, correlationId, context.ingest().tables(), need, nowNs + BIND_TIMEOUT_NS));
        }
    }

    private void onIngestRequest(final DirectBuffer buffer, final int offset, final int length) {
        ingest.wrapAndApplyHeader(buffer, offset, header);
        final ClientSession session = sessions.get(ingest.sessionId());
        if (session == null) {
            // it connects again when it misses the answer
            return;
        }
        ClientRequest request = pool.pollFirst();
        if (request == null) {
            request = new ClientRequest(this);
        }
        request.start(session, ingest, buffer, offset + length);
        flow.take(request);
    }

    /** What requests are checked by. */
    BatchCheck check() {
        return check;
    }

    Catalog catalog() {
        return context.ingest().tables().catalog();
    }

    long nowUs() {
        return context.ingest().clock().microTime();
    }

    void onMalformed(final RuntimeException e) {
        context.errors().onError(new IllegalArgumentException("malformed batches from an Aeron-native client", e));
    }

    /** The journal has said what became of a request: its session is to hear of it, if it is still there. */
    void onCompleted(final ClientRequest completed) {
        completed.replyDeadlineNs = nowNs + REPLY_TIMEOUT_NS;
        if (sessions.get(completed.session.sessionId) == completed.session) {
            completed.awaitsReply = true;
            completed.session.completed().addLast(completed);
        }
    }

    void giveBack(final ClientRequest request) {
        request.session = null;
        request.awaitsReply = false;
        if (pool.size() < MAX_POOLED) {
            pool.addFirst(request);
        }
    }

    private int pollSessions() {
        int work = 0;
        final Iterator<ClientSession> iterator = sessions.values().iterator();
        while (iterator.hasNext()) {
            final ClientSession session = iterator.next();
            if (session.isLost() || nowNs - session.lastHeardNs() > SESSION_TIMEOUT_NS) {
                session.completed().forEach(this::giveBack);
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
        ClientRequest next = session.completed().peekFirst();
        while (next != null && (session.offer(replies.buffer(), encode(next)) || nowNs - next.replyDeadlineNs > 0)) {
            giveBack(session.completed().pollFirst());
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

    private int encode(final ClientRequest completed) {
        final IngestOutcome outcome = completed.request().outcome();
        return outcome.isJournaled()
            ? replies.ingested(completed.correlationId, completed.accepted(), completed.request())
            : replies.refused(completed.correlationId, outcome.problem());
    }

    /** Told at once or not at all: a client that misses it sends the batch again. */
    void refuse(final ClientRequest request, final Problem refusal) {
        requestsRefused.increment();
        request.session.offer(replies.buffer(), replies.refused(request.correlationId, refusal));
    }

    private String replyChannel(final String wanted) {
        if (IPC_REPLY_CHANNEL.equals(wanted)) {
            return context.channels().ipc();
        }
        final Matcher matcher = UDP_REPLY_CHANNEL.matcher(wanted);
        return matcher.matches() ? context.channels().udp(matcher.group(1), Integer.parseInt(matcher.group(2))) : null;
    }

    /** Requests that are busy are counted as refused where they are. */
    private final class Counters implements IngestCounters {
        @Override
        public void onAccepted(final int events) {
            eventsAccepted.getAndAddOrdered(events);
        }

        @Override
        public void onBusy() {
        }
    }
}
