package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.problem.Problem;

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
    private static final int OK = 200;
    /** An answer that is not larger is given whatever clients leave unread. */
    private static final int SMALL_ANSWER_BYTES = 16 * 1024;
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
    private final boolean isForMonitoring;
    /** Taken from the edge's budget. Whoever has the exchange may add to it. */
    private long room;
    private long heldBytes;
    private QueryStringDecoder query;
    @SuppressWarnings("unused")
    private volatile boolean answered;

    ServerExchange(
        final HttpConnection connection, final IncomingRequest.Head head, final ByteBuf body, final long receivedNs, final long room) {
        this.connection = connection;
        this.request = head.request();
        this.route = head.route();
        this.routePath = head.routePath();
        this.path = head.path();
        this.isHead = head.isHead();
        this.keepAlive = head.keepAlive();
        this.isHttp10 = head.isHttp10();
        this.body = body;
        this.isForMonitoring = head.isForMonitoring();
        this.receivedNs = receivedNs;
        this.room = room;
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
    public void hold(final long bytes) {
        heldBytes += bytes;
        if (heldBytes > room) {
            connection.edge().budget().take(heldBytes - room);
            room = heldBytes;
        }
    }

    @Override
    public long countedBytes() {
        return room;
    }

    @Override
    public void reply(final int replyStatus, final String replyContentType, final ByteBuf replyBody) {
        if (!ANSWERED.compareAndSet(this, false, true)) {
            replyBody.release();
            return;
        }
        if (!takeRoom(replyStatus, replyBody.capacity())) {
            replyBody.release();
            connection.edge().refusals().count(Reason.NO_ROOM_FOR_ANSWER);
            answerWith(connection.edge().problems().busy(), null);
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
        if (ANSWERED.compareAndSet(this, false, true)) {
            answerWith(problem, allowedMethods);
        }
    }

    private void answerWith(final Problem problem, final String allowedMethods) {
        status = HttpStatuses.of(problem.code());
        contentType = PROBLEM_JSON;
        retryAfterSeconds = problem.code().retryAfterSeconds();
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

    /** What to give back once it is answered. */
    long room() {
        return room;
    }

    /** The request's own room serves its answer, as its body goes. */
    private boolean takeRoom(final int replyStatus, final int answerBytes) {
        final long more = answerBytes - room;
        if (more <= 0) {
            return true;
        }
        final ClientBudget budget = connection.edge().budget();
        if (answerBytes <= SMALL_ANSWER_BYTES || replyStatus != OK) {
            budget.take(more);
        } else if (isForMonitoring ? !budget.tryTakeReserved(more) : !budget.tryTake(more)) {
            return false;
        }
        room += more;
        return true;
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
