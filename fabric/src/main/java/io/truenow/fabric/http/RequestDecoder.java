package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;

/** Reads requests, and says how much has come that is no part of one yet. Belongs to the connection's event loop. */
final class RequestDecoder extends HttpRequestDecoder {
    private static final int MAX_HEADER_BYTES = 32 * 1024;
    private static final int MAX_REQUEST_LINE_BYTES = 16 * 1024;
    private static final int MAX_CHUNK_BYTES = 1024 * 1024;
    private static final HttpDecoderConfig CONFIG = new HttpDecoderConfig().setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
        .setMaxHeaderSize(MAX_HEADER_BYTES).setMaxChunkSize(MAX_CHUNK_BYTES);

    private final HttpConnection connection;

    RequestDecoder(final HttpConnection connection) {
        super(CONFIG);
        this.connection = connection;
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) throws Exception {
        connection.onBytes(((ByteBuf) message).readableBytes());
        super.channelRead(ctx, message);
    }

    /** Bytes that have come behind what was handed on last. */
    int unreadBytes() {
        return actualReadableBytes();
    }
}
