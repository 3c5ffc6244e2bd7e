package io.truenow.fabric.http.serve;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;

/** Where a request came in and its answer goes out: a connection of HTTP/1.1, a stream of HTTP/2. */
public interface ExchangeOrigin {
    /** Any thread. */
    EdgeCore edge();

    /** The loop that it belongs to. Any thread. */
    EventLoop eventLoop();

    /** Any thread. */
    ByteBufAllocator allocator();

    /** Whether somebody is still there to be answered. Any thread. */
    boolean isOpen();

    /** Sends the answer that the exchange has. On the event loop, once. */
    void onAnswered(ServerExchange exchange);

    /** Sends the head that the exchange has and makes the stream behind it. On the event loop, instead of {@link #onAnswered}. */
    ServerStream onStream(ServerExchange exchange);
}
