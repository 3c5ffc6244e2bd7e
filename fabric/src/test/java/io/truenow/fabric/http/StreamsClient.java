package io.truenow.fabric.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import io.truenow.testing.Await;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A client of HTTP/2 in clear text that begins with the preface, sends what it is told, and reads when it is told. */
final class StreamsClient implements AutoCloseable {
    private final EventLoopGroup loops = EventLoops.create(1);
    private final Map<Http2FrameStream, Answer> answers = new ConcurrentHashMap<>();
    private final Frames frames = new Frames();
    private final Channel channel;
    volatile Http2Error goAway;

    StreamsClient(final int port) {
        this(port, 0, new Http2Settings(), true);
    }

    /**
     * A client of its own kind.
     *
     * @param receiveBufferBytes which makes a client that does not read felt soon; 0 for the usual one.
     * @param reads              from the beginning, so that it learns what the server allows.
     */
    StreamsClient(final int port, final int receiveBufferBytes, final Http2Settings settings, final boolean reads) {
        final Http2FrameCodec codec = Http2FrameCodecBuilder.forClient().initialSettings(settings).encoderEnforceMaxConcurrentStreams(false)
            .encoderEnforceMaxRstFramesPerWindow(0, 0).encoderIgnoreMaxHeaderListSize(true).build();
        final Bootstrap bootstrap = new Bootstrap().group(loops).channel(NioSocketChannel.class).option(ChannelOption.AUTO_READ, reads)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(final Channel ch) {
                    ch.pipeline().addLast(codec, frames);
                }
            });
        if (receiveBufferBytes > 0) {
            bootstrap.option(ChannelOption.SO_RCVBUF, receiveBufferBytes);
        }
        channel = bootstrap.connect(InetAddress.getLoopbackAddress(), port).syncUninterruptibly().channel();
    }

    /** A request without a body, answered. */
    Answer get(final String path, final String... headers) {
        return open("GET", path, true, headers).await();
    }

    /** A request with a body, answered. */
    Answer post(final String path, final String body, final String... headers) {
        return open("POST", path, false, headers).send(body, true).await();
    }

    /** Begins a request. */
    Answer open(final String method, final String path, final boolean isWhole, final String... headers) {
        final Http2Headers head = new DefaultHttp2Headers(false).method(method).path(path).scheme("http").authority("a");
        for (int i = 0; i < headers.length; i += 2) {
            head.add(headers[i], headers[i + 1]);
        }
        final Answer answer = new Answer(frames.newStream());
        answers.put(answer.stream, answer);
        channel.writeAndFlush(new DefaultHttp2HeadersFrame(head, isWhole).stream(answer.stream));
        return answer;
    }

    void ping(final int count) {
        channel.eventLoop().execute(() -> {
            for (int i = 0; i < count; i++) {
                channel.write(new DefaultHttp2PingFrame(i));
            }
            channel.flush();
        });
    }

    /** Whether bytes are read from the socket. */
    void read(final boolean isRead) {
        channel.config().setAutoRead(isRead);
    }

    void awaitClosed() {
        Await.until("the connection is closed", () -> !channel.isActive());
    }

    boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** What has come of an answer. */
    final class Answer {
        private final Http2FrameStream stream;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int unread;
        volatile Http2Headers headers;
        volatile boolean isEnded;
        volatile Http2Error reset;
        /** Whether the window is opened again as data comes. */
        volatile boolean reads = true;

        private Answer(final Http2FrameStream stream) {
            this.stream = stream;
        }

        Answer send(final String data, final boolean isLast) {
            final ByteBuf content = Unpooled.copiedBuffer(data, StandardCharsets.ISO_8859_1);
            channel.writeAndFlush(new DefaultHttp2DataFrame(content, isLast).stream(stream));
            return this;
        }

        void reset() {
            channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL).stream(stream));
        }

        /** Opens the window for what has come while it was not read. */
        void readOn() {
            reads = true;
            channel.eventLoop().execute(() -> {
                channel.writeAndFlush(new DefaultHttp2WindowUpdateFrame(unread).stream(stream));
                unread = 0;
            });
        }

        Answer await() {
            Await.until("it is answered, or broken off", () -> isEnded || reset != null || !channel.isActive());
            return this;
        }

        String status() {
            return headers == null ? null : headers.status().toString();
        }

        String header(final String name) {
            final CharSequence value = headers.get(name);
            return value == null ? null : value.toString();
        }

        int length() {
            synchronized (bytes) {
                return bytes.size();
            }
        }

        String body() {
            synchronized (bytes) {
                return bytes.toString(StandardCharsets.ISO_8859_1);
            }
        }
    }

    private final class Frames extends Http2ChannelDuplexHandler {
        @Override
        public void channelRead(final ChannelHandlerContext ctx, final Object message) {
            try {
                switch (message) {
                    case Http2HeadersFrame head -> {
                        final Answer answer = answers.get(head.stream());
                        if (!"100".contentEquals(head.headers().status())) {
                            answer.headers = head.headers();
                        }
                        answer.isEnded = head.isEndStream();
                    }
                    case Http2DataFrame data -> onData(ctx, answers.get(data.stream()), data);
                    case Http2ResetFrame reset -> answers.get(reset.stream()).reset = Http2Error.valueOf(reset.errorCode());
                    case Http2GoAwayFrame away -> goAway = Http2Error.valueOf(away.errorCode());
                    default -> { }
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
            ctx.close();
        }

        private void onData(final ChannelHandlerContext ctx, final Answer answer, final Http2DataFrame data) {
            final byte[] part = new byte[data.content().readableBytes()];
            data.content().readBytes(part);
            synchronized (answer.bytes) {
                answer.bytes.writeBytes(part);
            }
            if (answer.reads) {
                ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(data.initialFlowControlledBytes()).stream(data.stream()));
            } else {
                answer.unread += data.initialFlowControlledBytes();
            }
            answer.isEnded = data.isEndStream();
        }
    }
}
