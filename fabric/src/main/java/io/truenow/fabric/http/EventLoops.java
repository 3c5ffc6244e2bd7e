package io.truenow.fabric.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The event loops of a process' HTTP edges. */
public final class EventLoops {
    private EventLoops() {
    }

    /** Loops for all edges of a process, on daemon threads; the caller shuts them down after the edges. */
    public static EventLoopGroup create(final int threads) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
    }
}
