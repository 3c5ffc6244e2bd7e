package io.truenow.client.ingest;

import io.aeron.Aeron;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.FragmentHandler;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.edge.ClientConnectEncoder;
import io.truenow.codecs.edge.MessageHeaderEncoder;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.peer.PeerPublication;
import io.truenow.fabric.peer.Sent;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.IdleStrategy;

import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * The two streams between a client and a gateway, and the handshake that keeps them: {@code ClientConnect} until answered, then as a
 * heartbeat. Belongs to the client's thread.
 */
final class GatewayLink implements AutoCloseable {
    private static final long CONNECT_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long HEARTBEAT_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(3);
    /** Equal to the services': a batch is one frame on IPC, few on UDP. */
    private static final String IPC_CHANNEL = "aeron:ipc?term-length=1m|mtu=65504";
    private static final String UDP_PARAMETERS = "|term-length=1m|mtu=8192";
    private static final int FRAGMENT_LIMIT = 32;

    private final Aeron aeron;
    private final Subscription replies;
    private final String replyChannel;
    private final int replyStreamId;
    private final long sessionId;
    private final FragmentHandler assembler;
    private final ExpandableArrayBuffer connectBuffer = new ExpandableArrayBuffer();
    private final int connectLength;
    private final PeerPublication publication;
    /** Why the driver refused the publication, or null. */
    private RegistrationException failure;
    private boolean isConnected;
    private long nextConnectNs;
    private long lastAnswerNs;
    private long gatewayIncarnation = -1;

    GatewayLink(final Aeron aeron, final ClientContext context, final FragmentHandler onReply, final IdleStrategy idle) {
        this.aeron = aeron;
        final SecureRandom random = new SecureRandom();
        final String channel;
        sessionId = random.nextLong();
        // many clients share a driver: the stream tells them apart
        replyStreamId = 0x4000_0000 | random.nextInt(0x4000_0000);
        assembler = new FragmentAssembler(onReply);
        if (context.isIpc()) {
            channel = IPC_CHANNEL;
            replies = aeron.addSubscription("aeron:ipc", replyStreamId);
            replyChannel = "aeron:ipc";
        } else {
            channel = "aeron:udp?endpoint=" + HostText.endpoint(context.gatewayHost(), context.gatewayPort()) + UDP_PARAMETERS;
            replies = aeron.addSubscription("aeron:udp?endpoint=" + HostText.endpoint(context.replyHost(), 0), replyStreamId);
            replyChannel = resolve(replies, idle, context.timeout().toNanos());
        }
        final ClientConnectEncoder encoder = new ClientConnectEncoder();
        encoder.wrapAndApplyHeader(connectBuffer, 0, new MessageHeaderEncoder())
            .sessionId(sessionId)
            .replyStreamId(replyStreamId)
            .reserved(0)
            .replyChannel(replyChannel);
        connectLength = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        publication = new PeerPublication(aeron, channel, StreamIds.edge(), Doorbell.NONE);
    }

    long sessionId() {
        return sessionId;
    }

    boolean isConnected() {
        return isConnected;
    }

    /** Why no gateway can be reached, if the driver says so; else empty. */
    String whyAway() {
        return failure == null ? "" : ": " + failure.getMessage();
    }

    int poll(final long nowNs) {
        if (aeron.isClosed()) {
            throw new TrueNowException(ProblemCode.DRIVER_LOST,
                "the media driver is gone: open another client, send again what was not acknowledged");
        }
        int work = replies.poll(assembler, FRAGMENT_LIMIT);
        if (publication.isLost()) {
            failure = publication.failure();
            publication.reopen();
            isConnected = false;
            work++;
        }
        if (isConnected && nowNs - lastAnswerNs > SILENCE_NS) {
            isConnected = false;
        }
        if (nowNs - nextConnectNs >= 0) {
            nextConnectNs = nowNs + (isConnected ? HEARTBEAT_INTERVAL_NS : CONNECT_INTERVAL_NS);
            if (publication.offer(connectBuffer, 0, connectLength) == Sent.YES) {
                work++;
            }
        }
        return work;
    }

    /**
     * The gateway answered.
     *
     * @return whether what is in flight must be sent again: the link was lost, or the gateway is another incarnation.
     */
    boolean onConnected(final long incarnation, final long nowNs) {
        final boolean isNew = !isConnected || incarnation != gatewayIncarnation;
        isConnected = true;
        gatewayIncarnation = incarnation;
        lastAnswerNs = nowNs;
        return isNew;
    }

    /** Whether it was sent; false under back pressure and while not connected. */
    boolean offer(final DirectBuffer message, final int length) {
        return publication.offer(message, 0, length) == Sent.YES;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(publication, replies);
    }

    private static String resolve(final Subscription subscription, final IdleStrategy idle, final long timeoutNs) {
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + timeoutNs;
        String resolved = subscription.tryResolveChannelEndpointPort();
        while (resolved == null) {
            if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                CloseHelper.close(subscription);
                throw new TrueNowException(ProblemCode.REPLY_ADDRESS, "cannot bind an endpoint for replies");
            }
            idle.idle();
            resolved = subscription.tryResolveChannelEndpointPort();
        }
        return resolved;
    }
}
