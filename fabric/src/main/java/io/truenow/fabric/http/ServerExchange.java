package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * One request. Made by the connection on its event loop; the winner of {@link #ANSWERED} fills in the answer and hands it back to that
 * loop.
 */
final class ServerExchange implements HttpExchange, Runnable {
    static final String JSON = "application/json";
    static final String PROBLEM_JSON = "application/problem+json";
    private static final VarHandle ANSWERED;

    static {
        try {
            ANSWERED = MethodHandles.lookup().findVarHandle(ServerExchange.class, "answered", boolean.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final RouteTable.Route route;
    final boolean isHead;
    final boolean keepAlive;
    final boolean isHttp10;
    final long receivedNs;

    int status;
    String contentType;
    ByteBuf answer;
    int retryAfterSeconds;
    String allow;

    private final HttpConnection connection;
    private final HttpRequest request;
    private final RouteTable.Path routePath;
    private final String path;
    private final ByteBuf body;
    private QueryStringDecoder query;
    @SuppressWarnings("unused")
    private volatile boolean answered;

    ServerExchange(
        final HttpConnection connection, final HttpConnection.Head head, final ByteBuf body, final long receivedNs) {
        this.connection = connection;
        this.request = head.request();
        this.route = head.route();
        this.routePath = head.routePath();
        this.path = head.path();
        this.isHead = head.isHead();
        this.keepAlive = head.keepAlive();
        this.isHttp10 = head.isHttp10();
        this.body = body;
        this.receivedNs = receivedNs;
    }

    @Override
    public String method() {
        return request.method().name();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String pathParameter(final String name) {
        return routePath.parameter(path, name);
    }

    @Override
    public String queryParameter(final String name) {
        if (query == null) {
            query = new QueryStringDecoder(request.uri());
        }
        final List<String> values = query.parameters().get(name);
        return values == null || values.isEmpty() ? null : values.getFirst();
    }

    @Override
    public String header(final String name) {
        return request.headers().get(name);
    }

    /** As the client sent it. */
    HttpRequest request() {
        return request;
    }

    @Override
    public ByteBuf body() {
        return body;
    }

    @Override
    public EventLoop eventLoop() {
        return connection.eventLoop();
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public void reply(final int replyStatus, final String replyContentType, final ByteBuf replyBody) {
        if (!ANSWERED.compareAndSet(this, false, true)) {
            replyBody.release();
            return;
        }
        status = replyStatus;
        contentType = replyContentType;
        answer = replyBody;
        handBack();
    }

    @Override
    public void replyJson(final int replyStatus, final String json) {
        final ByteBuf text = connection.allocator().directBuffer(ByteBufUtil.utf8MaxBytes(json.length()));
        ByteBufUtil.writeUtf8(text, json);
        reply(replyStatus, JSON, text);
    }

    @Override
    public void problem(final Problem problem) {
        problem(problem, null);
    }

    void problem(final Problem problem, final String allowedMethods) {
        if (!ANSWERED.compareAndSet(this, false, true)) {
            return;
        }
        status = problem.status();
        contentType = PROBLEM_JSON;
        retryAfterSeconds = problem.retryAfterSeconds();
        allow = allowedMethods;
        answer = connection.allocator().directBuffer(256);
        ProblemText.write(answer, problem);
        handBack();
    }

    /** The answer arrives on the event loop. */
    @Override
    public void run() {
        connection.onAnswered(this);
    }

    void releaseBody() {
        body.release();
    }

    private void handBack() {
        final EventLoop loop = connection.eventLoop();
        if (loop.inEventLoop()) {
            connection.onAnswered(this);
            return;
        }
        try {
            loop.execute(this);
        } catch (final RejectedExecutionException e) {
            // the loops were shut down: nobody is left to answer to
            ReferenceCountUtil.safeRelease(answer);
            ReferenceCountUtil.safeRelease(body);
        }
    }
}
