package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.truenow.fabric.http.limits.ClientDeadlines;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/1.1 connection: gathers requests, has them answered one at a time, so that pipelined requests are answered in order. What
 * arrives while one is being answered waits in {@link #waiting}; soon the socket is not read any further, nor is it while a request waits
 * for room. A client that has sent its last byte is still answered. Belongs to its event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final int MAX_WAITING = 64;
    private static final int MAX_WAITING_BYTES = 64 * 1024;
    private static final long LINGER_SECONDS = 2;

    /** Of {@link LoopConnections}. */
    int place;
    long roomDeadlineNs;

    private final HttpEdge edge;
    private final LoopConnections loop;
    private final RequestDecoder decoder = new RequestDecoder(this);
    private final ClientDeadlines deadlines;
    private final boolean isReserved;
    private final ArrayDeque<HttpObject> waiting = new ArrayDeque<>();
    private final IncomingRequest incoming;
    private ChannelHandlerContext context;
    private ReplyWriter replies;
    /** Came from the socket since the last part of a request. */
    private int arrivedBytes;
    private int waitingBytes;
    /** Taken from the budget for what is neither a request's room nor given back yet. */
    private long countedBytes;
    private boolean isAnswering;
    private boolean isAwaitingRoom;
    private boolean isReading;
    private boolean isServing;
    /** The client has sent its last byte. */
    private boolean isInputOver;
    /** The connection ends after what has been answered; the rest of the input is thrown away. */
    private boolean isEnding;

    HttpConnection(final HttpEdge edge, final LoopConnections loop, final boolean isReserved) {
        this.edge = edge;
        this.loop = loop;
        this.incoming = new IncomingRequest(edge, loop);
        this.isReserved = isReserved;
        this.deadlines = new ClientDeadlines(edge.limits(), isReserved, ProcessClock.INSTANCE.nanoTime());
    }

    RequestDecoder decoder() {
        return decoder;
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

    HttpEdge edge() {
        return edge;
    }

    @Override
    public void handlerAdded(final ChannelHandlerContext ctx) {
        context = ctx;
        replies = new ReplyWriter(ctx);
        loop.add(this);
    }

    @Override
    public void handlerRemoved(final ChannelHandlerContext ctx) {
        loop.remove(this);
    }

    /** Before the decoder sees them. */
    void onBytes(final int count) {
        arrivedBytes += count;
        deadlines.onBytes(count, loop.nowNs());
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) {
        isReading = true;
        final HttpObject part = (HttpObject) message;
        final int consumedBytes = arrived(part);
        if (isEnding) {
            ReferenceCountUtil.release(part);
        } else if (mustWait() || !waiting.isEmpty()) {
            waiting.add(part);
            waitingBytes += part instanceof HttpRequest ? IncomingRequest.HEAD_BYTES + consumedBytes : consumedBytes;
            if (waiting.size() >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES) {
                context.channel().config().setAutoRead(false);
            }
        } else {
            onPart(part);
        }
    }

    @Override
    public void channelReadComplete(final ChannelHandlerContext ctx) {
        isReading = false;
        flush();
    }

    @Override
    public void channelWritabilityChanged(final ChannelHandlerContext ctx) {
        serveWaiting();
        count();
    }

    @Override
    public void userEventTriggered(final ChannelHandlerContext ctx, final Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            isInputOver = true;
            // else the selector would tell the end again and again
            ctx.channel().config().setAutoRead(false);
            endIfInputIsOver();
            flush();
        }
    }

    @Override
    public void channelInactive(final ChannelHandlerContext ctx) {
        isEnding = true;
        dropInput();
        count();
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        // connection resets and the like; what handlers throw is caught where they are called
        ctx.close();
    }

    /** A few times a second. */
    void onTick(final long nowNs) {
        final long unreadBytes = replies.heldBytes();
        if (deadlines.isReplyStalled(nowNs, unreadBytes > 0, replies.writtenBytes())) {
            edge.refusals().count(Reason.REPLY_TIMEOUT);
            // what the kernel holds for this client goes too
            context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            context.close();
            return;
        }
        count();
        final boolean isRequested = deadlines.isInHeader() || deadlines.isInBody();
        final boolean isClientToAct = context.channel().config().isAutoRead() && !isAnswering && !isAwaitingRoom && waiting.isEmpty()
            && (isRequested || unreadBytes == 0);
        final Reason reason = isEnding ? null : deadlines.onTick(nowNs, isClientToAct);
        if (reason == null) {
            return;
        }
        edge.refusals().count(reason);
        if (reason == Reason.IDLE) {
            context.close();
        } else {
            refuse(edge.problems().tooSlow(reason));
        }
    }

    /** What {@link LoopConnections} takes for it before it calls {@link #onRoom}. */
    long wantedRoom() {
        return incoming.wantedRoom();
    }

    /** The room that was waited for has been taken from the budget. */
    void onRoom() {
        isAwaitingRoom = false;
        final boolean enters = incoming.isOutside();
        incoming.onRoom();
        if (isEnding) {
            incoming.drop();
            return;
        }
        if (enters) {
            askForBody();
        }
        serveWaiting();
        flushUnlessReading();
    }

    /** There was none in time. */
    void onNoRoom() {
        isAwaitingRoom = false;
        if (!isEnding) {
            refuseBusy();
            serveWaiting();
            flushUnlessReading();
        }
    }

    /** On the event loop, for the one exchange that is being answered. */
    void onAnswered(final ServerExchange exchange) {
        isAnswering = false;
        edge.count(exchange);
        write(exchange);
        exchange.releaseBody();
        loop.giveBack(exchange.room());
        serveWaiting();
        flushUnlessReading();
    }

    private boolean mustWait() {
        return isAnswering || isAwaitingRoom || !context.channel().isWritable();
    }

    /** What a part says of the time, and how many bytes it took. */
    private int arrived(final HttpObject part) {
        final int unreadBytes = decoder.unreadBytes();
        final int consumedBytes = arrivedBytes - unreadBytes;
        arrivedBytes = unreadBytes;
        if (part instanceof LastHttpContent) {
            deadlines.onRequest(unreadBytes > 0, loop.nowNs());
        } else if (part instanceof HttpRequest) {
            deadlines.onHeader(loop.nowNs());
        }
        return consumedBytes;
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
        if (waiting.isEmpty()) {
            waitingBytes = 0;
            endIfInputIsOver();
            if (!isAwaitingRoom && !isInputOver && !context.channel().config().isAutoRead()) {
                context.channel().config().setAutoRead(true);
            }
        }
    }

    private void onPart(final HttpObject part) {
        if (part.decoderResult().isFailure()) {
            final Throwable cause = part.decoderResult().cause();
            ReferenceCountUtil.release(part);
            refuse(EdgeProblems.malformed(cause));
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
        final IncomingRequest.Head head = IncomingRequest.Head.of(request, edge.routes());
        incoming.begin(head);
        if (head.bodyLength() > edge.maxBodyBytes()) {
            refuse(edge.problems().tooLarge());
        } else if (isReserved && !head.isForMonitoring()) {
            edge.refusals().count(Reason.CONNECTIONS);
            refuse(edge.problems().tooManyConnections());
        } else if (incoming.tryEnter()) {
            askForBody();
        } else if (head.isForMonitoring()) {
            refuseBusy();
        } else {
            waitForRoom();
            loop.awaitEntry(this);
        }
    }

    private void askForBody() {
        if (incoming.expectsContinue()) {
            replies.writeContinue();
        }
    }

    private void waitForRoom() {
        isAwaitingRoom = true;
        context.channel().config().setAutoRead(false);
    }

    private void onContent(final HttpContent content) {
        if (isEnding || incoming.head() == null) {
            content.release();
        } else if (incoming.isTooLongWith(content.content())) {
            content.release();
            refuse(edge.problems().tooLarge());
        } else if (!incoming.tryGrow(content.content())) {
            waiting.addFirst(content);
            waitForRoom();
            loop.awaitGrowth(this);
        } else {
            incoming.add(content.content(), context.alloc());
            if (content instanceof LastHttpContent) {
                serve();
            }
        }
    }

    private void serve() {
        isAnswering = true;
        final IncomingRequest.Head complete = incoming.head();
        final ServerExchange exchange = incoming.complete(this);
        if (complete.routePath() == null) {
            exchange.problem(Problem.of(ProblemCode.NOT_FOUND, "There is nothing at " + complete.path() + '.'));
        } else if (complete.route() == null) {
            final String allow = complete.routePath().allow();
            exchange.problem(Problem.of(ProblemCode.METHOD_NOT_ALLOWED, "Methods of this path: " + allow + '.'), allow);
        } else {
            try {
                complete.route().handler().handle(exchange);
            } catch (final Throwable t) {
                edge.onHandlerError(t);
                exchange.problem(Problem.of(ProblemCode.INTERNAL_ERROR, "The service failed to answer; its error log says why."));
            }
        }
    }

    /** A short rest of the request is read and thrown away, so that a client that sends many small ones keeps its connection. */
    private void refuseBusy() {
        edge.refusals().count(Reason.NO_ROOM);
        if (isReserved || !incoming.canBeSkipped()) {
            refuse(edge.problems().busy());
            return;
        }
        writeProblem(edge.problems().busy(), incoming.head().isHead(), false);
        incoming.drop();
    }

    /** Answers what is being received without having received it, and ends the connection: the rest of the input cannot be trusted. */
    private void refuse(final Problem problem) {
        writeProblem(problem, incoming.head() != null && incoming.head().isHead(), true);
        end();
        if (isInputOver) {
            replies.finish(ChannelFutureListener.CLOSE);
            return;
        }
        // closing both ways at once would reset the connection under a client that is still sending, before it reads the answer
        replies.finish(written -> ((DuplexChannel) context.channel()).shutdownOutput());
        context.channel().config().setAutoRead(true);
        eventLoop().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    private void writeProblem(final Problem problem, final boolean isHead, final boolean close) {
        final ByteBuf text = context.alloc().directBuffer(256);
        ProblemText.write(text, problem);
        final int status = HttpStatuses.of(problem.code());
        replies.write(new AnswerHead.Fields(status, ServerExchange.PROBLEM_JSON, problem.code().retryAfterSeconds(), null, close, false),
            text, isHead, edge.dateLine());
        edge.countStatus(status);
    }

    private void write(final ServerExchange exchange) {
        if (isEnding) {
            exchange.answer.release();
            return;
        }
        final boolean close = !exchange.keepAlive || isReserved || edge.isClosing() || isInputOver && waiting.isEmpty();
        final boolean isLong = exchange.answer.readableBytes() > AnswerHead.COPY_BYTES;
        replies.write(new AnswerHead.Fields(exchange.status, exchange.contentType, exchange.retryAfterSeconds, exchange.allow, close,
            exchange.isHttp10 && !close), exchange.answer, exchange.isHead, edge.dateLine());
        if (close) {
            end();
            replies.finish(ChannelFutureListener.CLOSE);
        }
        if (isLong) {
            // before the room that it had as an answer is given back
            count();
        }
    }

    private void flushUnlessReading() {
        if (!isReading) {
            flush();
        }
    }

    private void flush() {
        replies.flush();
        count();
    }

    /** Brings the budget up to date with what is held here; nothing is, most of the time. */
    private void count() {
        final long held = replies.heldBytes() + waitingBytes + (deadlines.isInHeader() && !isEnding ? arrivedBytes : 0);
        if (held > countedBytes) {
            edge.budget().take(held - countedBytes);
        } else if (held < countedBytes) {
            loop.giveBack(countedBytes - held);
        }
        countedBytes = held;
    }

    private void endIfInputIsOver() {
        if (!isInputOver || isEnding || isAnswering || isAwaitingRoom || !waiting.isEmpty()) {
            return;
        }
        if (incoming.head() != null) {
            refuse(EdgeProblems.cutOff());
        } else {
            end();
            replies.finish(ChannelFutureListener.CLOSE);
        }
    }

    private void end() {
        isEnding = true;
        dropInput();
        replies.flush();
    }

    private void dropInput() {
        incoming.drop();
        for (HttpObject part = waiting.poll(); part != null; part = waiting.poll()) {
            ReferenceCountUtil.release(part);
        }
        waitingBytes = 0;
    }
}
