package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/1.1 connection: gathers requests, has them answered one at a time, so that pipelined requests are answered in order. What
 * arrives while one is being answered waits in {@link #waiting}; soon the socket is not read any further. Belongs to its event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final int MAX_WAITING = 64;
    private static final int FIRST_BODY_CAPACITY = 64 * 1024;
    /** A client that only claims to send a long body shall not make us reserve room for it. */
    private static final int MAX_TRUSTED_CAPACITY = 1024 * 1024;
    private static final long LINGER_SECONDS = 2;
    private static final ByteBuf CONTINUE = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
        .writeBytes("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII))).asReadOnly();

    private final HttpEdge edge;
    private final ArrayDeque<HttpObject> waiting = new ArrayDeque<>();
    private ChannelHandlerContext context;
    /** Of the request that is being received; null between requests. */
    private Head head;
    /** What has come of its body; null if nothing. */
    private ByteBuf body;
    /** Whether the body is a buffer made here, or a slice of what was read from the socket. */
    private boolean isBodyOwn;
    private boolean isAnswering;
    private boolean isReading;
    private boolean isServing;
    private boolean mustFlush;
    /** The connection ends after what has been answered; the rest of the input is thrown away. */
    private boolean isEnding;

    HttpConnection(final HttpEdge edge) {
        this.edge = edge;
    }

    EventLoop eventLoop() {
        return context.channel().eventLoop();
    }

    boolean isOpen() {
        return context.channel().isActive();
    }

    ByteBufAllocator allocator() {
        return context.alloc();
    }

    @Override
    public void handlerAdded(final ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) {
        isReading = true;
        if (isEnding) {
            ReferenceCountUtil.release(message);
            return;
        }
        final HttpObject part = (HttpObject) message;
        if (mustWait() || !waiting.isEmpty()) {
            waiting.add(part);
            if (waiting.size() >= MAX_WAITING) {
                ctx.channel().config().setAutoRead(false);
            }
        } else {
            onPart(part);
        }
    }

    @Override
    public void channelReadComplete(final ChannelHandlerContext ctx) {
        isReading = false;
        flushNow();
    }

    @Override
    public void channelWritabilityChanged(final ChannelHandlerContext ctx) {
        serveWaiting();
    }

    @Override
    public void channelInactive(final ChannelHandlerContext ctx) {
        isEnding = true;
        dropInput();
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        // connection resets and the like; what handlers throw is caught where they are called
        ctx.close();
    }

    /** On the event loop, for the one exchange that is being answered. */
    void onAnswered(final ServerExchange exchange) {
        isAnswering = false;
        edge.count(exchange);
        write(exchange);
        exchange.releaseBody();
        serveWaiting();
        if (!isReading) {
            flushNow();
        }
    }

    private boolean mustWait() {
        return isAnswering || !context.channel().isWritable();
    }

    /** Not reentrant: an answer given inside a handler comes back here. */
    private void serveWaiting() {
        if (isServing) {
            return;
        }
        isServing = true;
        while (!isEnding && !mustWait()) {
            final HttpObject part = waiting.poll();
            if (part == null) {
                break;
            }
            onPart(part);
        }
        isServing = false;
        final Channel channel = context.channel();
        if (waiting.isEmpty() && !channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
    }

    private void onPart(final HttpObject part) {
        if (part.decoderResult().isFailure()) {
            final Throwable cause = part.decoderResult().cause();
            ReferenceCountUtil.release(part);
            refuse(malformed(cause));
            return;
        }
        if (part instanceof HttpRequest request) {
            onRequest(request);
        }
        if (part instanceof HttpContent content) {
            onContent(content);
        }
    }

    private void onRequest(final HttpRequest request) {
        final String path = pathOf(request.uri());
        final RouteTable.Path routePath = edge.routes().find(path);
        final String method = request.method().name();
        head = new Head(request, path, routePath, routePath == null ? null : routePath.method(method), "HEAD".equals(method),
            HttpUtil.isKeepAlive(request), request.protocolVersion().equals(HttpVersion.HTTP_1_0));
        if (HttpUtil.isContentLengthSet(request) && HttpUtil.getContentLength(request, -1L) > edge.maxBodyBytes()) {
            refuse(tooLarge());
        } else if (HttpUtil.is100ContinueExpected(request)) {
            context.writeAndFlush(CONTINUE.duplicate());
        }
    }

    private void onContent(final HttpContent content) {
        if (isEnding || head == null) {
            content.release();
            return;
        }
        addToBody(content.content());
        if (body != null && body.readableBytes() > edge.maxBodyBytes()) {
            refuse(tooLarge());
        } else if (content instanceof LastHttpContent) {
            final ByteBuf whole = body == null ? Unpooled.EMPTY_BUFFER : body;
            final Head complete = head;
            body = null;
            head = null;
            serve(new ServerExchange(this, complete, whole, System.nanoTime()), complete);
        }
    }

    /** Takes over the reference. A body that came in one read is not copied, a longer one becomes one contiguous buffer. */
    private void addToBody(final ByteBuf bytes) {
        if (!bytes.isReadable()) {
            bytes.release();
        } else if (body == null) {
            body = bytes;
            isBodyOwn = false;
        } else {
            if (!isBodyOwn) {
                final int announced = (int) Math.min(HttpUtil.getContentLength(head.request, 0L), MAX_TRUSTED_CAPACITY);
                final int capacity = Math.max(FIRST_BODY_CAPACITY, Math.max(announced, 2 * body.readableBytes()));
                final ByteBuf own = context.alloc().directBuffer(capacity).writeBytes(body);
                body.release();
                body = own;
                isBodyOwn = true;
            }
            body.writeBytes(bytes);
            bytes.release();
        }
    }

    private void serve(final ServerExchange exchange, final Head complete) {
        isAnswering = true;
        if (complete.routePath == null) {
            exchange.problem(Problem.of(404, "not_found", "There is nothing at " + complete.path + '.'));
        } else if (complete.route == null) {
            final String allow = complete.routePath.allow();
            exchange.problem(Problem.of(405, "method_not_allowed", "Methods of this path: " + allow + '.'), allow);
        } else {
            try {
                complete.route.handler().handle(exchange);
            } catch (final Throwable t) {
                edge.onHandlerError(t);
                exchange.problem(Problem.of(500, "internal_error", "The service failed to answer; its error log says why."));
            }
        }
    }

    /** Answers what is being received without having received it, and ends the connection: the rest of the input cannot be trusted. */
    private void refuse(final Problem problem) {
        final boolean isHead = head != null && head.isHead;
        final ByteBuf text = context.alloc().directBuffer(256);
        ProblemText.write(text, problem);
        writeAnswer(new AnswerHead.Fields(problem.status(), ServerExchange.PROBLEM_JSON, 0, null, true, false), text, isHead);
        edge.countStatus(problem.status());
        end();
        // closing both ways at once would reset the connection under a client that is still sending, before it reads the answer
        ((DuplexChannel) context.channel()).shutdownOutput();
        context.channel().config().setAutoRead(true);
        eventLoop().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    private void write(final ServerExchange exchange) {
        if (isEnding) {
            exchange.answer.release();
            return;
        }
        final boolean close = !exchange.keepAlive || edge.isClosing();
        writeAnswer(new AnswerHead.Fields(exchange.status, exchange.contentType, exchange.retryAfterSeconds, exchange.allow, close,
            exchange.isHttp10 && !close), exchange.answer, exchange.isHead);
        if (close) {
            end();
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void writeAnswer(final AnswerHead.Fields fields, final ByteBuf content, final boolean isHead) {
        final int length = content.readableBytes();
        final boolean inOne = !isHead && length <= AnswerHead.COPY_BYTES;
        final ByteBuf bytes = context.alloc().directBuffer(AnswerHead.ESTIMATED_BYTES + (inOne ? length : 0));
        AnswerHead.write(bytes, fields, length, edge.dateLine());
        if (inOne) {
            bytes.writeBytes(content);
        }
        context.write(bytes, context.voidPromise());
        if (inOne || isHead) {
            content.release();
        } else {
            context.write(content, context.voidPromise());
        }
        mustFlush = true;
    }

    private void flushNow() {
        if (mustFlush) {
            mustFlush = false;
            context.flush();
        }
    }

    private void end() {
        isEnding = true;
        dropInput();
        flushNow();
    }

    private void dropInput() {
        ReferenceCountUtil.release(body);
        body = null;
        head = null;
        for (HttpObject part = waiting.poll(); part != null; part = waiting.poll()) {
            ReferenceCountUtil.release(part);
        }
    }

    private Problem tooLarge() {
        return Problem.of(413, "body_too_large", "A body may have " + edge.maxBodyBytes() + " bytes; send the events in several requests.");
    }

    private static Problem malformed(final Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return Problem.of(414, "uri_too_long", "The request line is too long.");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Problem.of(431, "headers_too_large", "The request's headers are too large.");
        }
        return Problem.of(400, "malformed_http", "This is not an HTTP/1.1 request: " + cause.getMessage() + '.');
    }

    private static String pathOf(final String uri) {
        int start = 0;
        if (!uri.startsWith("/")) {
            final int scheme = uri.indexOf("://");
            final int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
            start = Math.max(slash, 0);
        }
        final int queryStart = uri.indexOf('?', start);
        return start == 0 && queryStart < 0 ? uri : uri.substring(start, queryStart < 0 ? uri.length() : queryStart);
    }

    /** A request without its body. */
    record Head(
        HttpRequest request, String path, RouteTable.Path routePath, RouteTable.Route route, boolean isHead, boolean keepAlive,
        boolean isHttp10) {
    }
}
