package io.truenow.fabric.control;

import io.aeron.Aeron;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.aeron.cluster.codecs.EventCode;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.Header;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The control plane's client over Aeron Cluster ingress. Any thread proposes commands: they are encoded there and queued; the agent's one
 * thread sends them in order, one flight at a time with all that have gathered meanwhile, resends the one under way with its sequence until
 * it is answered or late, and reconnects for ever.
 */
public final class AeronControlClient implements ControlClient, Agent, AutoCloseable {
    /** Room for a command of 60 KiB. */
    public static final int TERM_LENGTH_BYTES = 512 * 1024;
    /** What a caller waits at most, by default. */
    public static final long DEFAULT_COMMAND_TIMEOUT_NS = 5_000_000_000L;

    private static final Logger LOGGER = LoggerFactory.getLogger(AeronControlClient.class);
    private static final int MAX_COMMAND_BYTES = 60 * 1024;
    private static final int QUEUE_CAPACITY = 1024;
    private static final long CONNECT_TIMEOUT_NS = 2_000_000_000L;
    private static final long NEW_LEADER_TIMEOUT_NS = 1_000_000_000L;
    private static final long RECONNECT_DELAY_NS = 50_000_000L;
    private static final long KEEP_ALIVE_NS = 1_000_000_000L;

    private final Aeron aeron;
    private final String egressChannel;
    private final String ingressEndpoints;
    private final long commandTimeoutNs;
    private final ErrorHandler errors;
    private final NanoClock nanoClock = ProcessClock.INSTANCE;
    private final SecureRandom secureRandom = new SecureRandom();
    private final long clientId = secureRandom.nextLong();
    private final ManyToOneConcurrentArrayQueue<PendingCommand> queue = new ManyToOneConcurrentArrayQueue<>(QUEUE_CAPACITY);
    private final CommandDispatch dispatch = new CommandDispatch(clientId, queue);
    private final CommandDispatch.Ingress ingress = this::offer;
    private final EgressListener egressListener = new Egress();

    private AeronCluster.AsyncConnect connecting;
    private AeronCluster cluster;
    private boolean hasConnectAttempt;
    private long nextConnectNs;
    private long nextKeepAliveNs;
    private volatile boolean isConnected;
    private volatile boolean isClosed;

    /**
     * A client; nothing is acquired before the agent's first duty cycle.
     *
     * @param egressHost       where this process is reached by control members.
     * @param commandTimeoutNs after which an unanswered command fails.
     */
    public AeronControlClient(
        final Aeron aeron, final ControlMembers members, final String egressHost, final long commandTimeoutNs, final ErrorHandler errors) {
        this.aeron = aeron;
        this.ingressEndpoints = members.ingressEndpoints();
        this.egressChannel = "aeron:udp?term-length=" + TERM_LENGTH_BYTES + "|endpoint=" + HostText.endpoint(egressHost, 0);
        this.commandTimeoutNs = commandTimeoutNs;
        this.errors = errors;
    }

    @Override
    public boolean isConnected() {
        return isConnected;
    }

    @Override
    public CompletableFuture<CommandReply> ensureTable(
        final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
        return submit(writer -> writer.ensureTable(
            namespace, table, dimensions, metrics, secureRandom.nextLong(), secureRandom.nextLong()));
    }

    @Override
    public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
        return submit(writer -> writer.change(command, expectedVersion, secureRandom::nextLong));
    }

    @Override
    public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
        return submit(writer -> writer.registerService(registration));
    }

    @Override
    public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
        return submit(writer -> writer.renewLease(serviceId, incarnation, leave));
    }

    @Override
    public int doWork() {
        final long nowNs = nanoClock.nanoTime();
        return (cluster == null ? connect(nowNs) : pollCluster(nowNs)) + dispatch(nowNs);
    }

    @Override
    public String roleName() {
        return "control-client";
    }

    /** Fails what is under way. Called by the launching thread when the agent does not run any more. */
    @Override
    public void close() {
        isClosed = true;
        isConnected = false;
        CloseHelper.closeAll(connecting, cluster);
        connecting = null;
        cluster = null;
        dispatch.fail("the control client was closed");
        drainClosed();
    }

    private CompletableFuture<CommandReply> submit(final Function<CommandWriter, UnsafeBuffer> encode) {
        final UnsafeBuffer buffer;
        try {
            buffer = encode.apply(new CommandWriter(clientId));
        } catch (final IllegalArgumentException | IllegalStateException e) {
            // more names than a group counts, or a name longer than a length field holds
            return CompletableFuture.completedFuture(tooLarge());
        }
        if (buffer.capacity() > MAX_COMMAND_BYTES) {
            return CompletableFuture.completedFuture(tooLarge());
        }
        final PendingCommand command = new PendingCommand(buffer, buffer.capacity(), nanoClock.nanoTime() + commandTimeoutNs);
        if (isClosed || !queue.offer(command)) {
            command.fail(isClosed ? "the control client is closed" : "too many commands wait for the control plane");
        } else if (isClosed) {
            drainClosed();
        }
        return command.future;
    }

    private synchronized void drainClosed() {
        PendingCommand command = queue.poll();
        while (command != null) {
            command.fail("the control client was closed");
            command = queue.poll();
        }
    }

    private int connect(final long nowNs) {
        if (connecting == null) {
            if (hasConnectAttempt && nowNs - nextConnectNs < 0) {
                return 0;
            }
            hasConnectAttempt = true;
            try {
                connecting = AeronCluster.asyncConnect(new AeronCluster.Context()
                    .aeron(aeron)
                    .ownsAeronClient(false)
                    .ingressChannel("aeron:udp?linger=0|term-length=" + TERM_LENGTH_BYTES)
                    .ingressEndpoints(ingressEndpoints)
                    .egressChannel(egressChannel)
                    .messageTimeoutNs(CONNECT_TIMEOUT_NS)
                    .newLeaderTimeoutNs(NEW_LEADER_TIMEOUT_NS)
                    .errorHandler(errors)
                    .egressListener(egressListener));
            } catch (final AeronException e) {
                onConnectFailure(nowNs);
            }
            return 1;
        }
        final AeronCluster.AsyncConnect.State before = connecting.state();
        try {
            cluster = connecting.poll();
        } catch (final AeronException e) {
            // no leader yet, or the one asked is going: the state is told once by isConnected, and the attempt is repeated
            CloseHelper.quietClose(connecting);
            onConnectFailure(nowNs);
            return 1;
        }
        if (cluster == null) {
            return connecting.state() == before ? 0 : 1;
        }
        connecting = null;
        dispatch.onNewSession();
        isConnected = true;
        nextKeepAliveNs = nowNs + KEEP_ALIVE_NS;
        LOGGER.info("connected to control, leader is member {}", cluster.leaderMemberId());
        return 1;
    }

    private void onConnectFailure(final long nowNs) {
        connecting = null;
        nextConnectNs = nowNs + RECONNECT_DELAY_NS;
    }

    private int pollCluster(final long nowNs) {
        int workCount = 0;
        try {
            workCount += cluster.pollEgress();
            if (!cluster.isClosed() && nowNs - nextKeepAliveNs >= 0) {
                cluster.sendKeepAlive();
                nextKeepAliveNs = nowNs + KEEP_ALIVE_NS;
                workCount++;
            }
        } catch (final AeronException e) {
            disconnect(nowNs);
            return workCount + 1;
        }
        if (cluster.isClosed()) {
            disconnect(nowNs);
            workCount++;
        }
        return workCount;
    }

    private void disconnect(final long nowNs) {
        CloseHelper.quietClose(cluster);
        cluster = null;
        dispatch.onNewSession();
        nextConnectNs = nowNs + RECONNECT_DELAY_NS;
        if (isConnected) {
            isConnected = false;
            LOGGER.info("lost the connection to control");
        }
    }

    private int dispatch(final long nowNs) {
        final int workCount = dispatch.doWork(nowNs, cluster == null ? null : ingress);
        if (dispatch.isSessionDead()) {
            disconnect(nowNs);
        }
        return workCount;
    }

    private long offer(final DirectBuffer command, final int lengthBytes) {
        return cluster.offer(command, 0, lengthBytes);
    }

    private static CommandReply tooLarge() {
        return new CommandReply(
            Problem.of(ProblemCode.COMMAND_TOO_LARGE, "the request names more or longer names than a table can have"), -1, -1);
    }

    /** Handlers on the agent's thread, within {@code pollEgress}. */
    private final class Egress implements EgressListener {
        @Override
        public void onMessage(
            final long clusterSessionId,
            final long timestamp,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final Header header) {
            dispatch.onReply(buffer, offset);
        }

        @Override
        public void onSessionEvent(
            final long correlationId,
            final long clusterSessionId,
            final long leadershipTermId,
            final int leaderMemberId,
            final EventCode code,
            final String detail) {
            if (code == EventCode.CLOSED || code == EventCode.ERROR) {
                LOGGER.info("control closed the session: {}", detail);
                dispatch.onNewLeader();
            }
        }

        @Override
        public void onNewLeader(
            final long clusterSessionId, final long leadershipTermId, final int leaderMemberId, final String ingressEndpoints) {
            dispatch.onNewLeader();
        }
    }
}
