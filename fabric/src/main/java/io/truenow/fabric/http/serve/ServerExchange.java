package io.truenow.fabric.http.serve;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.http.route.ProblemText;
import io.truenow.fabric.http.route.ReplyStream;
import io.truenow.fabric.http.route.RouteTable;
import io.truenow.fabric.problem.Problem;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * One request. Made by its origin on its event loop; the winner of {@link #ANSWERED} fills in the answer and hands it back to that
 * loop.
 */
public final class ServerExchange implements HttpExchange, Runnable {
    /** Content type. */
    public static final String JSON = "application/json";
    /** Content type of problems. */
    public static final String PROBLEM_JSON = "application/problem+json";
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

    private final ExchangeOrigin origin;
    private final RequestHead head;
    private final Principal principal;
    private final ByteBuf body;
    private final long receivedNs;
    private int status;
    private String contentType;
    private ByteBuf answer;
    private int retryAfterSeconds;
    private String allow;
    private ServerStream stream;
    /** Taken from the edge's budget. Whoever has the exchange may add to it. */
    private long room;
    private long heldBytes;
    private QueryStringDecoder query;
    @SuppressWarnings("unused")
    private volatile boolean answered;

    ServerExchange(
        final ExchangeOrigin origin,
        final RequestHead head,
        final Principal principal,
        final ByteBuf body,
        final long receivedNs,
        final long room) {
        this.origin = origin;
        this.head = head;
        this.principal = principal;
        this.body = body;
        this.receivedNs = receivedNs;
        this.room = room;
    }

    /** What it answers. */
    public RequestHead head() {
        return head;
    }

    public int status() {
        return status;
    }

    public String contentType() {
        return contentType;
    }

    /** The body of the answer; the reference goes to who sends it. */
    public ByteBuf answer() {
        return answer;
    }

    /** 0 if the answer does not say it. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** The methods that the path knows, or null if the answer does not say it. */
    public String allow() {
        return allow;
    }

    RouteTable.Route route() {
        return head.route();
    }

    long receivedNs() {
        return receivedNs;
    }

    @Override
    public String method() {
        return head.request().method().name();
    }

    @Override
    public String path() {
        return head.path();
    }

    @Override
    public String pathParameter(final String name) {
        return head.routePath().parameter(head.path(), name);
    }

    @Override
    public String queryParameter(final String name) {
        if (query == null) {
            query = new QueryStringDecoder(head.request().uri());
        }
        final List<String> values = query.parameters().get(name);
        return values == null || values.isEmpty() ? null : values.getFirst();
    }

    @Override
    public String header(final String name) {
        return head.request().headers().get(name);
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public ByteBuf body() {
        return body;
    }

    @Override
    public EventLoop eventLoop() {
        return origin.eventLoop();
    }

    @Override
    public boolean isOpen() {
        return origin.isOpen();
    }

    @Override
    public void hold(final long bytes) {
        heldBytes += bytes;
        if (heldBytes > room) {
            origin.edge().budget().take(heldBytes - room);
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
            origin.edge().refusals().count(Reason.NO_ROOM_FOR_ANSWER);
            answerWith(origin.edge().problems().busy(), null);
            return;
        }
        status = replyStatus;
        contentType = replyContentType;
        answer = replyBody;
        handBack();
    }

    @Override
    public ReplyStream stream(final int replyStatus, final String replyContentType, final ReplyStream.Listener listener) {
        if (!ANSWERED.compareAndSet(this, false, true)) {
            throw new IllegalStateException("the exchange has been answered");
        }
        status = replyStatus;
        contentType = replyContentType;
        stream = origin.onStream(this);
        stream.open(listener, head.isHead());
        return stream;
    }

    @Override
    public void replyJson(final int replyStatus, final String json) {
        final ByteBuf text = origin.allocator().directBuffer(ByteBufUtil.utf8MaxBytes(json.length()));
        ByteBufUtil.writeUtf8(text, json);
        reply(replyStatus, JSON, text);
    }

    @Override
    public void problem(final Problem problem) {
        problem(problem, null);
    }

    /** The handler has thrown something: what has not been answered gets a problem, a stream that has begun is broken off. */
    void onHandlerFailed(final Problem problem) {
        if (stream != null) {
            stream.abort();
        }
        problem(problem);
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
        answer = origin.allocator().directBuffer(256);
        ProblemText.write(answer, problem);
        handBack();
    }

    /** The answer arrives on the event loop. */
    @Override
    public void run() {
        origin.onAnswered(this);
    }

    /** Lets the request's body go. */
    public void releaseBody() {
        body.release();
    }

    /** What to give back once it is answered. */
    public long room() {
        return room;
    }

    /** The request's own room serves its answer, as its body goes. */
    private boolean takeRoom(final int replyStatus, final int answerBytes) {
        final long more = answerBytes - room;
        if (more <= 0) {
            return true;
        }
        final ClientBudget budget = origin.edge().budget();
        if (answerBytes <= SMALL_ANSWER_BYTES || replyStatus != OK) {
            budget.take(more);
        } else if (head.isForMonitoring() ? !budget.tryTakeReserved(more) : !budget.tryTake(more)) {
            return false;
        }
        room += more;
        return true;
    }

    private void handBack() {
        final EventLoop loop = origin.eventLoop();
        if (loop.inEventLoop()) {
            origin.onAnswered(this);
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
