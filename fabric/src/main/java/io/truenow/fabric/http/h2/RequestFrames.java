package io.truenow.fabric.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;

/** What the decoder tells of frames, brought to their streams. Belongs to the connection's event loop. */
final class RequestFrames extends Http2FrameAdapter {
    private final StreamsConnection connection;

    RequestFrames(final StreamsConnection connection) {
        this.connection = connection;
    }

    @Override
    public void onHeadersRead(
        final ChannelHandlerContext ctx, final int streamId, final Http2Headers headers, final int padding, final boolean isLast)
        throws Http2Exception {
        final Http2Stream stream = connection.connection().stream(streamId);
        final RequestStream request = connection.of(stream);
        if (stream == null) {
            return;
        }
        if (request == null) {
            connection.onRequest(stream, headers, isLast);
        } else {
            // trailers: nothing that a route knows stands in them
            request.onTrailers();
        }
    }

    @Override
    public void onHeadersRead(
        final ChannelHandlerContext ctx,
        final int streamId,
        final Http2Headers headers,
        final int streamDependency,
        final short weight,
        final boolean exclusive,
        final int padding,
        final boolean isLast) throws Http2Exception {
        onHeadersRead(ctx, streamId, headers, padding, isLast);
    }

    @Override
    public int onDataRead(
        final ChannelHandlerContext ctx, final int streamId, final ByteBuf data, final int padding, final boolean isLast) {
        final RequestStream request = connection.of(connection.connection().stream(streamId));
        return request == null ? data.readableBytes() + padding : request.onData(data, padding, isLast);
    }

    @Override
    public void onPingRead(final ChannelHandlerContext ctx, final long data) throws Http2Exception {
        countControlFrame();
    }

    @Override
    public void onSettingsRead(final ChannelHandlerContext ctx, final Http2Settings settings) throws Http2Exception {
        countControlFrame();
    }

    @Override
    public void onPriorityRead(
        final ChannelHandlerContext ctx, final int streamId, final int streamDependency, final short weight, final boolean exclusive)
        throws Http2Exception {
        countControlFrame();
    }

    @Override
    public void onUnknownFrame(
        final ChannelHandlerContext ctx, final byte frameType, final int streamId, final Http2Flags flags, final ByteBuf payload) {
        try {
            countControlFrame();
        } catch (final Http2Exception e) {
            connection.onError(ctx, false, e);
        }
    }

    private void countControlFrame() throws Http2Exception {
        connection.flood().count(connection.loop().nowNs());
    }
}
