package io.truenow.client.ingest;

import io.truenow.codecs.edge.AckLevel;

import java.time.Duration;
import java.util.Objects;

/** What a {@link TrueNowClient} needs to know. Mutable until the client is opened; setters return this. */
public final class ClientContext {
    private String aeronDirectory;
    private boolean embedDriver;
    private boolean ipc;
    private String gatewayHost = "127.0.0.1";
    private int gatewayPort;
    private String replyHost = "127.0.0.1";
    private int maxInFlight = 64;
    private AckLevel ackLevel = AckLevel.JOURNALED;
    private Duration timeout = Duration.ofSeconds(10);
    private Duration ackTimeout = Duration.ofSeconds(15);
    private IngestListener listener = IngestListener.NONE;

    /** Attaches to the media driver of that directory. Without it and without {@link #embedDriver()}: Aeron's own default directory. */
    public ClientContext aeronDirectory(final String newAeronDirectory) {
        aeronDirectory = newAeronDirectory;
        return this;
    }

    String aeronDirectory() {
        return aeronDirectory;
    }

    /** Launches a media driver of its own, in {@link #aeronDirectory} or a temporary one, for the client's life. */
    public ClientContext embedDriver() {
        embedDriver = true;
        return this;
    }

    boolean isDriverEmbedded() {
        return embedDriver;
    }

    /** Reaches a gateway that shares the media driver. */
    public ClientContext ipc() {
        ipc = true;
        return this;
    }

    boolean isIpc() {
        return ipc;
    }

    /** Reaches a gateway by UDP. */
    public ClientContext gateway(final String host, final int port) {
        ipc = false;
        gatewayHost = Objects.requireNonNull(host);
        gatewayPort = port;
        return this;
    }

    String gatewayHost() {
        return gatewayHost;
    }

    int gatewayPort() {
        return gatewayPort;
    }

    /** Where the gateway reaches this client by UDP. */
    public ClientContext replyHost(final String newReplyHost) {
        replyHost = Objects.requireNonNull(newReplyHost);
        return this;
    }

    String replyHost() {
        return replyHost;
    }

    /** Batches sent and not acknowledged, 1 .. 1 024; each holds 60 KiB off the heap. */
    public ClientContext maxInFlight(final int newMaxInFlight) {
        maxInFlight = newMaxInFlight;
        return this;
    }

    int maxInFlight() {
        return maxInFlight;
    }

    /** What an acknowledgement stands for. */
    public ClientContext ackLevel(final AckLevel newAckLevel) {
        ackLevel = Objects.requireNonNull(newAckLevel);
        return this;
    }

    AckLevel ackLevel() {
        return ackLevel;
    }

    /** How long {@link TrueNowClient#connect}, {@code bind} and {@code drain} wait. */
    public ClientContext timeout(final Duration newTimeout) {
        timeout = Objects.requireNonNull(newTimeout);
        return this;
    }

    Duration timeout() {
        return timeout;
    }

    /** After that long without an acknowledgement the batches in flight are sent again, with the same ids. */
    public ClientContext ackTimeout(final Duration newAckTimeout) {
        ackTimeout = Objects.requireNonNull(newAckTimeout);
        return this;
    }

    Duration ackTimeout() {
        return ackTimeout;
    }

    /** Told of each batch's fate. */
    public ClientContext listener(final IngestListener newListener) {
        listener = Objects.requireNonNull(newListener);
        return this;
    }

    IngestListener listener() {
        return listener;
    }

    ClientContext conclude() {
        if (!ipc && (gatewayPort <= 0 || gatewayPort > 65_535)) {
            throw new IllegalArgumentException("gateway(host, port) or ipc() is needed");
        }
        if (ipc && embedDriver) {
            throw new IllegalArgumentException("a gateway on IPC shares its driver: attach to it by aeronDirectory");
        }
        if (maxInFlight < 1 || maxInFlight > 1_024) {
            throw new IllegalArgumentException("maxInFlight must be 1 .. 1024: " + maxInFlight);
        }
        return this;
    }
}
