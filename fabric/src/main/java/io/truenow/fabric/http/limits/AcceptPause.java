package io.truenow.fabric.http.limits;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;

/**
 * Stops accepting for a second where a connection cannot be accepted, which is so when the process has no file descriptor left: trying on
 * would only burn a processor. The others wait in the kernel's queue meanwhile. Belongs to the event loop of the listening socket.
 */
public final class AcceptPause extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(AcceptPause.class);
    private static final long PAUSE_MS = 1_000;
    private static final long TELL_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    private final String serviceName;
    private final AtomicCounter failures;
    private long toldNs = System.nanoTime() - TELL_INTERVAL_NS;

    /** Registers its counter. */
    public AcceptPause(final String serviceName, final Metrics metrics) {
        this.serviceName = serviceName;
        failures = metrics.counter("truenow_http_accept_failures_total",
            "Times that a connection could not be accepted, for want of a file descriptor; each stops accepting for a second.",
            "service", serviceName);
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        failures.increment();
        ctx.channel().config().setAutoRead(false);
        ctx.executor().schedule(() -> ctx.channel().config().setAutoRead(true), PAUSE_MS, TimeUnit.MILLISECONDS);
        final long nowNs = System.nanoTime();
        if (nowNs - toldNs >= TELL_INTERVAL_NS) {
            toldNs = nowNs;
            LOGGER.warn("{}: no connection can be accepted ({}), tried again each second; raise the limit of open files (ulimit -n, "
                + "LimitNOFILE of systemd, --ulimit nofile of containers) or lower http.max-connections; told once a minute",
                serviceName, cause.getMessage());
        }
    }
}
