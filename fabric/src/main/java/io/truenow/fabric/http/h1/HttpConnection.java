package io.truenow.fabric.http.h1;

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
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.EdgeProblems;
import io.truenow.fabric.http.serve.ExchangeOrigin;
import io.truenow.fabric.http.serve.HeldBytes;
import io.truenow.fabric.http.serve.IncomingRequest;
import io.truenow.fabric.http.serve.LoopConnections;
import io.truenow.fabric.http.serve.RequestHead;
import io.truenow.fabric.http.serve.RoomOwner;
import io.truenow.fabric.http.serve.ServerExchange;
import io.truenow.fabric.http.serve.ServerStream;
import io.truenow.fabric.http.serve.Ticked;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.time.ProcessClock;

import java.util.concurrent.TimeUnit;

/**
 * One HTTP/1.1 connection: gathers requests, has them answered one at a time, so that pipelined requests are answered in order. What
 * arrives while one is being answered waits in {@link #waiting}; soon the socket is not read any further, nor is it while a request waits
 * for room. A client that has sent its last byte is still answered. Belongs to its event loop.
 */
public final class HttpConnection extends ChannelInboundHandlerAdapter implements ExchangeOrigin, RoomOwner, Ticked {
    private static final long LINGER_SECONDS = 2;

    private final EdgeCore edge;
    private final LoopConnections loop;
    private final RequestDecoder decoder = new RequestDecoder(this);
    private final ClientDeadlines deadlines;
    private final boolean isReserved;
    private final WaitingParts waiting = new WaitingParts();
    private final HeldBytes held;
    private final IncomingRequest incoming;
    private ChannelHandlerContext context;
    private ReplyWriter replies;
    private LoopConnections.Place place;
    /** The reply that is under way, or null. */
    private ChunkedStream stream;
    private boolean isAnswering;
    private boolean isAwaitingRoom;
    private boolean isReading;
    private boolean isServing;
    /** The client has sent its last byte. */
    private boolean isInputOver;
    /** The connection ends after what has been answered; the rest of the input is thrown away. */
    private boolean isEnding;

    /**
     * A connection that has just been accepted; {@link #decoder} stands before it.
     *
     * @param isReserved whether it is beyond the limit of connections.
     */
    public HttpConnection(final EdgeCore edge, final LoopConnections loop, final boolean isReserved) {
        this.edge = edge;
        this.loop = loop;
        this.incoming = new IncomingRequest(edge, loop, this);
        this.held = new HeldBytes(edge, loop);
        this.isReserved = isReserved;
        this.deadlines = new ClientDeadlines(edge.limits(), isReserved, ProcessClock.INSTANCE.nanoTime());
    }

    /** Reads requests for it. */
    public RequestDecoder decoder() {
        return decoder;
    }

    /** Something has come that is kept back, as it may be the beginning of another protocol. */
    public void onBeginning() {
        deadlines.onBytes(0, loop.nowNs());
    }

    @Override
    public EventLoop eventLoop() {
        return context.channel().eventLoop();
    }

    @Override
    public boolean isOpen() {
        return context.channel().isActive();
    }

    @Override
    public ByteBufAllocator allocator() {
        return context.alloc();
    }

    @Override
    public EdgeCore edge() {
        return edge;
    }

    @Override
    public void handlerAdded(final ChannelHandlerContext ctx) {
        context = ctx;
        replies = new ReplyWriter(ctx, edge);
        place = loop.add(this);
    }

    @Override
    public void handlerRemoved(final ChannelHandlerContext ctx) {
        loop.endWait(incoming);
        loop.remove(place);
    }

    /** Before the decoder sees them. */
    void onBytes(final int count) {
        deadlines.onBytes(count, loop.nowNs());
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) {
        isReading = true;
        final HttpObject part = (HttpObject) message;
        final int consumedBytes = decoder.consumedBytes();
        noteTime(part);
        if (isEnding) {
            ReferenceCountUtil.release(part);
        } else if (mustWait() || !waiting.isEmpty()) {
            waiting.add(part, consumedBytes);
            if (waiting.isFull()) {
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
        if (stream != null) {
            stream.onProgress();
        }
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
        if (stream != null) {
            endStream().onGone();
        }
        count();
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        // connection resets and the like; what handlers throw is caught where they are called
        ctx.close();
    }

    @Override
    public void onTick(final long nowNs) {
        final long unreadBytes = replies.heldBytes();
        if (deadlines.isReplyStalled(nowNs, unreadBytes > 0, replies.writtenBytes())) {
            edge.refusals().count(Reason.REPLY_TIMEOUT);
            // what the kernel holds for this client goes too
            context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            context.close();
            return;
        }
        count();
        if (stream != null) {
            stream.onProgress();
        }
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

    @Override
    public void onRoom() {
        isAwaitingRoom = false;
        final boolean enters = incoming.isOutside();
        incoming.onRoom();
        if (isEnding) {
            incoming.drop();
            return;
        }
        if (enters) {
            replies.askForBody(incoming.head());
        }
        serveWaiting();
        flushUnlessReading();
    }

    @Override
    public void onNoRoom() {
        isAwaitingRoom = false;
        if (!isEnding) {
            refuseBusy();
            serveWaiting();
            flushUnlessReading();
        }
    }

    @Override
    public void onAnswered(final ServerExchange exchange) {
        isAnswering = false;
        edge.count(exchange);
        write(exchange);
        exchange.releaseBody();
        loop.giveBack(exchange.room());
        serveWaiting();
        flushUnlessReading();
    }

    @Override
    public ServerStream onStream(final ServerExchange exchange) {
        edge.count(exchange);
        exchange.releaseBody();
        final RequestHead head = exchange.head();
        final boolean close = endsWith(exchange) || head.isHttp10();
        stream = new ChunkedStream(this, exchange, close);
        // what is more than its head goes back: its parts count one by one
        loop.giveBack(exchange.room() - stream.roomBytes());
        if (isEnding) {
            return endStream();
        }
        replies.writeHead(AnswerHead.Fields.of(exchange, close), head.isHttp10() ? AnswerHead.UNTIL_CLOSED : AnswerHead.CHUNKED);
        flushUnlessReading();
        return stream;
    }

    boolean isStreaming(final ChunkedStream which) {
        return stream == which;
    }

    boolean isWritable() {
        return context.channel().isWritable();
    }

    ReplyWriter replies() {
        return replies;
    }

    /** Those bytes, taken from the budget, are in the socket's queue now, which is counted itself. */
    void onPartWritten(final int bytes) {
        // also within a read: what is not flushed does not make the socket unwritable below TLS
        flush();
        loop.giveBack(bytes);
    }

    void onStreamEnd(final boolean isLast) {
        endStream();
        if (isLast) {
            end();
            replies.finish(ChannelFutureListener.CLOSE);
        }
        serveWaiting();
        flushUnlessReading();
    }

    /** An unfinished reply can only be told by the end of the connection. */
    void onStreamBroken() {
        endStream();
        end();
        context.close();
    }

    private ChunkedStream endStream() {
        final ChunkedStream ended = stream;
        stream = null;
        isAnswering = false;
        loop.giveBack(ended.roomBytes());
        return ended;
    }

    private boolean mustWait() {
        return isAnswering || isAwaitingRoom || !context.channel().isWritable();
    }

    private void noteTime(final HttpObject part) {
        if (part instanceof LastHttpContent) {
            deadlines.onRequest(decoder.arrivedBytes() > 0, loop.nowNs());
        } else if (part instanceof HttpRequest) {
            deadlines.onHeader(loop.nowNs());
        }
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
            waiting.resetBytes();
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
        final RequestHead head = RequestHead.of(request, edge.routes());
        incoming.begin(head);
        final Problem problem = edge.rules().judge(incoming, isReserved);
        if (problem != null) {
            refuseOne(problem);
        } else if (incoming.tryEnter()) {
            replies.askForBody(incoming.head());
        } else if (head.isForMonitoring()) {
            refuseBusy();
        } else {
            waitForRoom();
            loop.awaitEntry(incoming);
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
            loop.awaitGrowth(incoming);
        } else {
            incoming.add(content.content(), context.alloc());
            if (content instanceof LastHttpContent) {
                serve();
            }
        }
    }

    private void serve() {
        isAnswering = true;
        final RequestHead complete = incoming.head();
        edge.rules().serve(incoming.complete(this), complete);
    }

    private void refuseBusy() {
        edge.refusals().count(Reason.NO_ROOM);
        refuseOne(edge.problems().busy());
    }

    /** A short rest of the request is read and thrown away, so that a client that sends many small ones keeps its connection. */
    private void refuseOne(final Problem problem) {
        if (isReserved || !incoming.canBeSkipped()) {
            refuse(problem);
            return;
        }
        replies.writeProblem(problem, incoming.head().isHead(), false);
        incoming.drop();
    }

    /** Answers what is being received without having received it, and ends the connection: the rest of the input cannot be trusted. */
    private void refuse(final Problem problem) {
        replies.writeProblem(problem, incoming.head() != null && incoming.head().isHead(), true);
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

    private void write(final ServerExchange exchange) {
        if (isEnding) {
            exchange.answer().release();
            return;
        }
        final boolean close = endsWith(exchange);
        final boolean isLong = exchange.answer().readableBytes() > AnswerHead.COPY_BYTES;
        replies.write(AnswerHead.Fields.of(exchange, close), exchange.answer(), exchange.head().isHead());
        if (close) {
            end();
            replies.finish(ChannelFutureListener.CLOSE);
        }
        if (isLong) {
            // before the room that it had as an answer is given back
            count();
        }
    }

    private boolean endsWith(final ServerExchange exchange) {
        return !exchange.head().keepAlive() || isReserved || edge.isClosing() || isInputOver && waiting.isEmpty();
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

    private void count() {
        held.update(replies.heldBytes() + waiting.bytes() + (deadlines.isInHeader() && !isEnding ? decoder.arrivedBytes() : 0));
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
        waiting.drop();
    }
}
