package io.truenow.fabric.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.truenow.fabric.agent.PromptThreads;

/** The event loops of a process' HTTP edges. */
public final class EventLoops {
    private EventLoops() {
    }

    /** Loops for all edges of a process, on daemon threads; the caller shuts them down after the edges. */
    public static EventLoopGroup create(final int threads, final PromptThreads prompt) {
        return new MultiThreadIoEventLoopGroup(threads, prompt.madeBy(new DefaultThreadFactory("http", true)), NioIoHandler.newFactory());
    }

    /** The same, in slices as the machine gives them. */
    public static EventLoopGroup create(final int threads) {
        return create(threads, PromptThreads.AS_OTHERS);
    }
}
