package io.truenow.fabric.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;

/**
 * Encrypted connections; client and port agree on HTTP/2 or HTTP/1.1 in the handshake (ALPN), on HTTP/1.1 if the client knows no ALPN.
 * The handshake has as long as a header.
 */
public final class TlsStart implements ConnectionStart {
    private final SslContext context;

    /**
     * Connections of that context.
     *
     * @param context of a server, which offers {@code h2} and {@code http/1.1}.
     */
    public TlsStart(final SslContext context) {
        if (!context.isServer()) {
            throw new IllegalArgumentException("this is the context of a client");
        }
        this.context = context;
    }

    @Override
    public void begin(final ChannelPipeline pipeline, final Protocols protocols) {
        final SslHandler handler = context.newHandler(pipeline.channel().alloc());
        handler.setHandshakeTimeoutMillis(protocols.limits().headerTimeout().toMillis());
        pipeline.addLast(handler, new Negotiation(protocols));
    }

    /** Waits for the end of the handshake. */
    private static final class Negotiation extends ApplicationProtocolNegotiationHandler {
        private final Protocols protocols;

        Negotiation(final Protocols protocols) {
            super(ApplicationProtocolNames.HTTP_1_1);
            this.protocols = protocols;
        }

        @Override
        protected void configurePipeline(final ChannelHandlerContext ctx, final String protocol) {
            switch (protocol) {
                case ApplicationProtocolNames.HTTP_2 -> protocols.http2(ctx.pipeline());
                case ApplicationProtocolNames.HTTP_1_1 -> protocols.http1(ctx.pipeline());
                default -> throw new IllegalStateException("negotiated " + protocol);
            }
        }

        @Override
        protected void handshakeFailure(final ChannelHandlerContext ctx, final Throwable cause) {
            // scanners and clients in clear text do that all day
            ctx.close();
        }

        @Override
        public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
            ctx.close();
        }
    }
}
