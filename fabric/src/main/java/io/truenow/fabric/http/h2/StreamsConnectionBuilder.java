package io.truenow.fabric.http.h2;

import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.LoopConnections;
import io.truenow.fabric.http.serve.RequestRules;

/** Builds a connection with its limits: those of Netty are named here, whatever its defaults become. */
final class StreamsConnectionBuilder extends AbstractHttp2ConnectionHandlerBuilder<StreamsConnection, StreamsConnectionBuilder> {
    /** Streams that a client breaks off: each has cost a handler's work (CVE-2023-44487). */
    static final int MAX_RESETS = 200;
    private static final int RESETS_WINDOW_SECONDS = 30;
    /** Streams that we break off, also because a client provokes it (CVE-2025-55163). */
    private static final int MAX_OWN_RESETS = 1_000;
    /** Answers to PING and SETTINGS that the client has not read. */
    private static final int MAX_QUEUED_CONTROL_FRAMES = 1_000;
    private static final int MAX_EMPTY_DATA_FRAMES = 16;
    private static final int MAX_SMALL_CONTINUATIONS = 16;

    private final EdgeCore edge;
    private final LoopConnections loop;
    private final boolean isReserved;

    StreamsConnectionBuilder(final EdgeCore edge, final LoopConnections loop, final boolean isReserved) {
        this.edge = edge;
        this.loop = loop;
        this.isReserved = isReserved;
        final DefaultHttp2Connection connection = new DefaultHttp2Connection(true, 0);
        // also for a client that never acknowledges the settings
        connection.remote().maxActiveStreams(StreamsConnection.MAX_STREAMS);
        connection(connection);
        initialSettings(new Http2Settings()
            .maxConcurrentStreams(StreamsConnection.MAX_STREAMS)
            .initialWindowSize(StreamsConnection.STREAM_WINDOW_BYTES)
            .maxHeaderListSize(RequestRules.MAX_HEADER_BYTES));
        encoderEnforceMaxQueuedControlFrames(MAX_QUEUED_CONTROL_FRAMES);
        encoderEnforceMaxRstFramesPerWindow(MAX_OWN_RESETS, RESETS_WINDOW_SECONDS);
        decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESETS_WINDOW_SECONDS);
        decoderEnforceMaxConsecutiveEmptyDataFrames(MAX_EMPTY_DATA_FRAMES);
        decoderEnforceMaxSmallContinuationFrames(MAX_SMALL_CONTINUATIONS);
    }

    @Override
    protected StreamsConnection build() {
        return super.build();
    }

    @Override
    protected StreamsConnection build(
        final Http2ConnectionDecoder decoder, final Http2ConnectionEncoder encoder, final Http2Settings settings) {
        final StreamsConnection built = new StreamsConnection(decoder, encoder, settings, edge, loop, isReserved);
        frameListener(new RequestFrames(built));
        return built;
    }
}
