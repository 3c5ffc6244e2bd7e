package io.truenow.fabric.http;

import io.netty.channel.ChannelPipeline;
import io.truenow.fabric.http.h1.HttpConnection;
import io.truenow.fabric.http.h2.StreamsConnection;
import io.truenow.fabric.http.limits.ConnectionGate;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.LoopConnections;

/** What a {@link ConnectionStart} chooses from, for one connection. Belongs to its event loop. */
public final class Protocols {
    private final EdgeCore edge;
    private final LoopConnections loop;

    Protocols(final EdgeCore edge, final LoopConnections loop) {
        this.edge = edge;
        this.loop = loop;
    }

    /** The connection speaks HTTP/1.1 from now on. */
    public HttpConnection http1(final ChannelPipeline pipeline) {
        final HttpConnection connection = new HttpConnection(edge, loop, ConnectionGate.isReserved(pipeline.channel()));
        pipeline.addLast(connection.decoder(), connection);
        return connection;
    }

    /** The connection speaks HTTP/2 from now on. */
    public void http2(final ChannelPipeline pipeline) {
        pipeline.addLast(StreamsConnection.create(edge, loop, ConnectionGate.isReserved(pipeline.channel())));
    }

    /** For what a strategy waits for. */
    public HttpLimits limits() {
        return edge.limits();
    }
}
