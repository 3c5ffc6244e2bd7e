package io.truenow.fabric.http.limits;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the connections of a port. A few beyond the limit are let in, marked: they may ask for health and metrics only, and the oldest of
 * them goes when another comes, so that whoever asks at once is answered. Stands before the acceptor in the pipeline of the listening
 * socket and belongs to that one's event loop; {@link #open} is for any thread.
 */
public final class ConnectionGate extends ChannelInboundHandlerAdapter {
    private static final AttributeKey<Boolean> RESERVED = AttributeKey.valueOf(ConnectionGate.class, "reserved");

    private final int limit;
    private final int reserve;
    private final Refusals refusals;
    private final AtomicInteger usual = new AtomicInteger();
    private final AtomicInteger beyond = new AtomicInteger();
    /** Oldest first; those that are closed leave when a new one comes. */
    private final ArrayDeque<Channel> reserved = new ArrayDeque<>();

    /** A gate with nobody in. */
    public ConnectionGate(final int limit, final int reserve, final Refusals refusals) {
        this.limit = limit;
        this.reserve = reserve;
        this.refusals = refusals;
    }

    /** Whether a connection is one of those beyond the limit. */
    public static boolean isReserved(final Channel connection) {
        return connection.hasAttr(RESERVED);
    }

    /** Connections that are open now, those beyond the limit among them. */
    public int open() {
        return usual.get() + beyond.get();
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) {
        final Channel connection = (Channel) message;
        final boolean isUsual = usual.get() < limit;
        final AtomicInteger count = isUsual ? usual : beyond;
        count.incrementAndGet();
        connection.closeFuture().addListener(closed -> count.decrementAndGet());
        if (!isUsual) {
            connection.attr(RESERVED).set(Boolean.TRUE);
            reserved.removeIf(channel -> !channel.isOpen());
            if (reserved.size() >= reserve) {
                reserved.poll().close();
                refusals.count(Refusals.Reason.CONNECTIONS);
            }
            reserved.add(connection);
        }
        ctx.fireChannelRead(message);
    }
}
