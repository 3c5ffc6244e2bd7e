package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.truenow.fabric.http.h1.HttpConnection;

/**
 * Looks at the first bytes of a connection in clear text: the preface of HTTP/2 makes it one of HTTP/2, anything else is HTTP/1.1, which
 * it is prepared for. Goes as soon as that is known, which nearly always is with the first read. Belongs to the connection's event loop.
 */
final class PrefaceDetector extends ChannelInboundHandlerAdapter {
    private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

    private final Protocols protocols;
    private final HttpConnection prepared;
    /** The part of a preface that has come, or null. */
    private ByteBuf kept;

    PrefaceDetector(final Protocols protocols, final HttpConnection prepared) {
        this.protocols = protocols;
        this.prepared = prepared;
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (kept != null) {
            bytes = Unpooled.wrappedBuffer(kept, bytes);
            kept = null;
        }
        final int length = Math.min(bytes.readableBytes(), PREFACE.readableBytes());
        final boolean isPreface = startsPreface(bytes, length);
        if (isPreface && length < PREFACE.readableBytes()) {
            kept = bytes;
            prepared.onBeginning();
            return;
        }
        if (isPreface) {
            final ChannelPipeline pipeline = ctx.pipeline();
            pipeline.remove(prepared);
            pipeline.remove(prepared.decoder());
            protocols.http2(pipeline);
        }
        ctx.fireChannelRead(bytes);
        ctx.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(final ChannelHandlerContext ctx, final Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && kept != null) {
            final ByteBuf bytes = kept;
            kept = null;
            ctx.fireChannelRead(bytes);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void handlerRemoved(final ChannelHandlerContext ctx) {
        if (kept != null) {
            kept.release();
            kept = null;
        }
    }

    private static boolean startsPreface(final ByteBuf bytes, final int length) {
        for (int i = 0; i < length; i++) {
            if (bytes.getByte(bytes.readerIndex() + i) != PREFACE.getByte(i)) {
                return false;
            }
        }
        return true;
    }
}
