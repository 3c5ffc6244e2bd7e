package io.truenow.fabric.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The event loops of a process' HTTP edges, and what runs on them: epoll where the operating system has it, else NIO. */
public final class EventLoops {
    private EventLoops() {
    }

    /** Loops for all edges of a process; the caller shuts them down after the edges. */
    public static EventLoopGroup create(final int threads) {
        final DefaultThreadFactory threadFactory = new DefaultThreadFactory("http", true);
        return new MultiThreadIoEventLoopGroup(
            threads, threadFactory, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    static Class<? extends ServerChannel> serverChannelOf(final EventLoopGroup loops) {
        return ((MultiThreadIoEventLoopGroup)loops).isIoType(EpollIoHandler.class)
            ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }
}
