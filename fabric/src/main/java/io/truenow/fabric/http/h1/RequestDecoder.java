package io.truenow.fabric.http.h1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.truenow.fabric.http.serve.RequestRules;

/** Reads requests, and says how much has come that is no part of one yet. Belongs to the connection's event loop. */
public final class RequestDecoder extends HttpRequestDecoder {
    private static final int MAX_CHUNK_BYTES = 1024 * 1024;
    private static final HttpDecoderConfig CONFIG = new HttpDecoderConfig().setMaxInitialLineLength(RequestRules.MAX_REQUEST_LINE_BYTES)
        .setMaxHeaderSize(RequestRules.MAX_HEADER_BYTES).setMaxChunkSize(MAX_CHUNK_BYTES);

    private final HttpConnection connection;
    private int arrivedBytes;

    RequestDecoder(final HttpConnection connection) {
        super(CONFIG);
        this.connection = connection;
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) throws Exception {
        final int bytes = ((ByteBuf) message).readableBytes();
        arrivedBytes += bytes;
        connection.onBytes(bytes);
        super.channelRead(ctx, message);
    }

    /** Bytes of what is being handed on, and nothing that has come behind it. */
    int consumedBytes() {
        final int unreadBytes = actualReadableBytes();
        final int consumedBytes = arrivedBytes - unreadBytes;
        arrivedBytes = unreadBytes;
        return consumedBytes;
    }

    /** Bytes that have come since. */
    int arrivedBytes() {
        return arrivedBytes;
    }
}
