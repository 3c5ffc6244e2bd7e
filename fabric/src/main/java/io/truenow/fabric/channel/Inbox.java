package io.truenow.fabric.channel;

import io.aeron.Aeron;
import io.aeron.AvailableImageHandler;
import io.aeron.Subscription;
import io.aeron.UnavailableImageHandler;
import io.aeron.exceptions.RegistrationException;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;

import java.util.concurrent.locks.LockSupport;

/**
 * A service's address on the fabric: one UDP endpoint, and IPC for services on the same media driver; many streams. Opened and closed by
 * the launching thread; {@link #subscribe} may be called from any one thread at a time.
 */
public final class Inbox implements AutoCloseable {
    private static final long RESOLVE_TIMEOUT_NS = 5_000_000_000L;
    /** Nothing is sent on it: it holds the port while streams come and go. */
    private static final int ANCHOR_STREAM_ID = 1;

    private final Aeron aeron;
    private final Subscription anchor;
    private final String udpChannel;
    private final int port;

    private Inbox(final Aeron aeron, final Subscription anchor, final String udpChannel, final int port) {
        this.aeron = aeron;
        this.anchor = anchor;
        this.udpChannel = udpChannel;
        this.port = port;
    }

    /**
     * Binds the endpoint.
     *
     * @param port    0 for one the operating system picks.
     * @param portKey the configuration key of the port, named when it is taken.
     * @throws io.truenow.fabric.process.PortTakenException if another process has the port.
     * @throws IllegalStateException                        if the address cannot be bound for another reason.
     */
    public static Inbox open(final Aeron aeron, final String host, final int port, final String portKey) {
        UdpPorts.requireFree(aeron, host, port, portKey);
        final String endpoint = "aeron:udp?endpoint=" + HostText.endpoint(host, port);
        // a picked port belongs to the subscription that asked for it: others join it by a tag. A fixed one is joined by its number, as the
        // driver may still know it by the tag of a process that was killed
        final String tag = port == 0 ? "tags=" + aeron.nextCorrelationId() : null;
        final Subscription anchor = anchor(aeron, tag == null ? endpoint : endpoint + '|' + tag, host, port, portKey);
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + RESOLVE_TIMEOUT_NS;
        String resolved = anchor.tryResolveChannelEndpointPort();
        while (resolved == null) {
            if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                CloseHelper.close(anchor);
                throw new IllegalStateException("cannot bind Aeron endpoint " + HostText.endpoint(host, port));
            }
            await(aeron);
            resolved = anchor.tryResolveChannelEndpointPort();
        }
        final int actualPort = Integer.parseInt(resolved.substring(resolved.lastIndexOf(':') + 1).replaceAll("\\D.*", ""));
        return new Inbox(aeron, anchor, tag == null ? endpoint : "aeron:udp?" + tag, actualPort);
    }

    /** The bound UDP port. */
    public int port() {
        return port;
    }

    /** Subscribes to a stream over UDP and IPC; the caller owns the result. */
    public InboxSubscription subscribe(final int streamId) {
        return subscribe(streamId, null, null);
    }

    /** Subscribes to a stream over UDP and IPC; the handlers, where not null, are called on the Aeron client's conductor thread. */
    public InboxSubscription subscribe(
        final int streamId, final AvailableImageHandler onAvailable, final UnavailableImageHandler onUnavailable) {
        return new InboxSubscription(
            aeron.addSubscription("aeron:ipc", streamId, onAvailable, onUnavailable),
            aeron.addSubscription(udpChannel, streamId, onAvailable, onUnavailable));
    }

    @Override
    public void close() {
        anchor.close();
    }

    /** Where nobody but this thread runs the client, it has to. */
    private static void await(final Aeron aeron) {
        final AgentInvoker conductor = aeron.conductorAgentInvoker();
        if (conductor == null) {
            LockSupport.parkNanos(100_000L);
        } else {
            conductor.invoke();
        }
        final AgentInvoker driver = aeron.context().driverAgentInvoker();
        if (driver != null) {
            driver.invoke();
        }
    }

    private static Subscription anchor(
        final Aeron aeron, final String channel, final String host, final int port, final String portKey) {
        try {
            return aeron.addSubscription(channel, ANCHOR_STREAM_ID);
        } catch (final RegistrationException e) {
            // taken since it was looked at
            throw UdpPorts.translate(e, host, port, portKey);
        }
    }
}
