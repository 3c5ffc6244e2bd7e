package io.truenow.fabric.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.truenow.fabric.http.limits.ClientDeadlines;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.http.route.ProblemText;
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.ExchangeOrigin;
import io.truenow.fabric.http.serve.IncomingRequest;
import io.truenow.fabric.http.serve.RequestHead;
import io.truenow.fabric.http.serve.RoomOwner;
import io.truenow.fabric.http.serve.ServerExchange;
import io.truenow.fabric.http.serve.ServerStream;
import io.truenow.fabric.problem.Problem;

import java.util.concurrent.TimeUnit;

/**
 * One stream: a request and its answer. The client's window for it opens again as data goes into room that the request has; what comes
 * while it waits for room is held, counted, and leaves the window closed. An answer is handed to the connection in pieces, as the client's
 * window and the socket take them, and counts until they have taken all. Belongs to the connection's event loop.
 */
final class RequestStream implements ExchangeOrigin, RoomOwner {
    private static final int PIECE_BYTES = 32 * 1024;

    private final StreamsConnection connection;
    private final Http2Stream stream;
    private final IncomingRequest incoming;
    private final ClientDeadlines deadlines;
    /** What came while it waited for room, or null. */
    private ByteBuf heldData;
    /** What of the client's window that took. */
    private int heldWindowBytes;
    /** Of what the connection allows those that wait. */
    private int waitingBytes;
    /** The rest of the answer, which the connection does not have yet, or null. */
    private ByteBuf answer;
    private DataStream reply;
    /** Taken from the budget for the answer, or for the exchange of a streamed reply. */
    private long roomBytes;
    /** The connection has them, the socket does not. */
    private int unwrittenBytes;
    private long writtenBytes;
    private boolean isAwaitingRoom;
    /** The client has sent all of it. */
    private boolean isInputOver;
    /** It has been answered or refused: what still comes is thrown away. */
    private boolean isAnswered;
    /** A handler has it. */
    private boolean isServing;
    /** The client need not send the rest of its request. */
    private boolean isResetAtEnd;
    private volatile boolean isGone;

    RequestStream(final StreamsConnection connection, final Http2Stream stream) {
        this.connection = connection;
        this.stream = stream;
        this.incoming = new IncomingRequest(connection.edge(), connection.loop(), this);
        this.deadlines = new ClientDeadlines(connection.edge().limits(), false, connection.loop().nowNs());
    }

    @Override
    public EdgeCore edge() {
        return connection.edge();
    }

    @Override
    public EventLoop eventLoop() {
        return connection.eventLoop();
    }

    @Override
    public ByteBufAllocator allocator() {
        return connection.allocator();
    }

    @Override
    public boolean isOpen() {
        return !isGone;
    }

    boolean isWritable() {
        return !isGone && connection.isWritable(this, stream);
    }

    void onRequest(final RequestHead head, final boolean isWhole) {
        isInputOver = isWhole;
        deadlines.onHeader(connection.loop().nowNs());
        incoming.begin(head);
        final Problem problem = edge().rules().judge(incoming, connection.isReserved());
        if (problem != null) {
            refuse(problem);
        } else if (incoming.tryEnter()) {
            enter();
            serveIfWhole();
        } else if (head.isForMonitoring() || !tryWait(Math.max(IncomingRequest.HEAD_BYTES, head.headerBytes()))) {
            refuseBusy();
        } else {
            isAwaitingRoom = true;
            connection.loop().awaitEntry(incoming);
        }
    }

    /**
     * A part of the body.
     *
     * @return how far to open the client's window again.
     */
    int onData(final ByteBuf data, final int padding, final boolean isLast) {
        final int windowBytes = data.readableBytes() + padding;
        isInputOver |= isLast;
        deadlines.onBytes(windowBytes, connection.loop().nowNs());
        if (isAnswered || isGone) {
            return windowBytes;
        }
        if (isAwaitingRoom) {
            return hold(data, windowBytes);
        }
        if (incoming.isTooLongWith(data)) {
            refuse(edge().problems().tooLarge());
        } else if (!incoming.tryGrow(data)) {
            isAwaitingRoom = true;
            connection.loop().awaitGrowth(incoming);
            return hold(data, windowBytes);
        } else {
            incoming.addCopy(data, allocator());
            serveIfWhole();
        }
        return windowBytes;
    }

    /** They end the request. */
    void onTrailers() {
        isInputOver = true;
        if (!isAwaitingRoom) {
            serveIfWhole();
        }
    }

    @Override
    public void onRoom() {
        isAwaitingRoom = false;
        final boolean enters = incoming.isOutside();
        incoming.onRoom();
        if (isGone) {
            incoming.drop();
            return;
        }
        final ByteBuf data = heldData == null ? Unpooled.EMPTY_BUFFER : heldData;
        heldData = null;
        final int windowBytes = heldWindowBytes;
        endWaiting();
        if (enters) {
            enter();
        }
        connection.consume(stream, data.isReadable() ? onData(data, windowBytes - data.readableBytes(), false) : windowBytes);
        data.release();
        if (!isAwaitingRoom) {
            serveIfWhole();
        }
        connection.flushUnlessReading();
    }

    @Override
    public void onNoRoom() {
        isAwaitingRoom = false;
        if (!isGone) {
            refuseBusy();
            connection.flushUnlessReading();
        }
    }

    @Override
    public void onAnswered(final ServerExchange exchange) {
        endServing();
        edge().count(exchange);
        exchange.releaseBody();
        final ByteBuf body = exchange.answer();
        if (isGone) {
            body.release();
            connection.loop().giveBack(exchange.room());
            return;
        }
        isAnswered = true;
        roomBytes = Math.min(exchange.room(), body.capacity());
        final long spare = exchange.room() - roomBytes;
        final Http2Headers headers =
            Headers.write(edge().date(), exchange.status(), exchange.contentType(), body.readableBytes());
        if (exchange.retryAfterSeconds() > 0) {
            headers.setInt(HttpHeaderNames.RETRY_AFTER, exchange.retryAfterSeconds());
        }
        if (exchange.allow() != null) {
            headers.set(HttpHeaderNames.ALLOW, exchange.allow());
        }
        send(headers, body, exchange.head().isHead());
        connection.loop().giveBack(spare);
        connection.flushUnlessReading();
    }

    @Override
    public ServerStream onStream(final ServerExchange exchange) {
        edge().count(exchange);
        exchange.releaseBody();
        isAnswered = true;
        // what is more than its head goes back: its parts count one by one
        roomBytes = Math.min(exchange.room(), IncomingRequest.HEAD_BYTES);
        connection.loop().giveBack(exchange.room() - roomBytes);
        reply = new DataStream(this);
        if (isGone) {
            endServing();
            giveRoomBack();
        } else {
            connection.writeHeaders(stream, Headers.write(edge().date(), exchange.status(), exchange.contentType(), Headers.NO_LENGTH),
                exchange.head().isHead());
            connection.flushUnlessReading();
        }
        return reply;
    }

    void writePart(final ByteBuf part, final int bytes) {
        connection.onUnwritten(bytes);
        unwrittenBytes += bytes;
        connection.writeData(stream, part, false, written -> {
            onWritten(bytes);
            connection.loop().giveBack(bytes);
        });
        // also within a read: what is not flushed does not make the socket unwritable below TLS
        connection.flush();
    }

    void endParts() {
        endServing();
        giveRoomBack();
        if (stream.state().localSideOpen()) {
            connection.writeData(stream, Unpooled.EMPTY_BUFFER, true, written -> { });
        }
        connection.onAnswerEnd();
        connection.flushUnlessReading();
    }

    void breakOff() {
        connection.reset(stream, Http2Error.INTERNAL_ERROR);
    }

    /** The client's window or the socket may take more. */
    void onWritable() {
        pump();
        if (reply != null) {
            reply.onProgress();
        }
    }

    /** A few times a second. */
    void onTick(final long nowNs) {
        if (deadlines.isReplyStalled(nowNs, answer != null || unwrittenBytes > 0, writtenBytes)) {
            edge().refusals().count(Reason.REPLY_TIMEOUT);
            connection.reset(stream, Http2Error.CANCEL);
            return;
        }
        if (reply != null) {
            reply.onProgress();
        }
        final Reason reason = isInputOver ? null : deadlines.onTick(nowNs, !isAwaitingRoom);
        if (reason != null && isAnswered) {
            // the rest of what was refused
            connection.reset(stream, Http2Error.NO_ERROR);
        } else if (reason != null) {
            edge().refusals().count(reason);
            refuse(edge().problems().tooSlow(reason));
        }
    }

    /** Both sides have ended it, or one has broken it off. */
    void onClosed() {
        isGone = true;
        dropInput();
        if (answer != null) {
            answer.release();
            answer = null;
        }
        if (reply != null) {
            endServing();
            giveRoomBack();
            reply.onGone();
        } else if (unwrittenBytes == 0) {
            giveRoomBack();
        }
    }

    private void enter() {
        if (incoming.head().expectsContinue() && !isInputOver) {
            connection.writeHeaders(stream, Headers.proceed(), false);
            connection.flushUnlessReading();
        }
        connection.widen(stream, incoming.head().bodyLength());
    }

    private void serveIfWhole() {
        if (isInputOver && incoming.head() != null && !isServing && !isAnswered) {
            final RequestHead head = incoming.head();
            isServing = true;
            connection.onServing(1);
            edge().rules().serve(incoming.complete(this), head);
        }
    }

    private void endServing() {
        if (isServing) {
            isServing = false;
            connection.onServing(-1);
        }
    }

    private int hold(final ByteBuf data, final int windowBytes) {
        if (!tryWait(data.readableBytes())) {
            refuseBusy();
            return windowBytes;
        }
        heldWindowBytes += windowBytes;
        heldData = heldData == null ? allocator().buffer(data.readableBytes()) : heldData;
        heldData.writeBytes(data);
        return 0;
    }

    private boolean tryWait(final int bytes) {
        if (!connection.tryWait(bytes)) {
            return false;
        }
        waitingBytes += bytes;
        incoming.hold(bytes);
        return true;
    }

    private void endWaiting() {
        connection.endWaiting(waitingBytes);
        waitingBytes = 0;
        heldWindowBytes = 0;
    }

    private void refuseBusy() {
        edge().refusals().count(Reason.NO_ROOM);
        refuse(edge().problems().busy());
    }

    /** Answers what has not come whole. */
    private void refuse(final Problem problem) {
        final boolean isHead = incoming.head().isHead();
        isResetAtEnd = !isInputOver && !incoming.canBeSkipped();
        isAnswered = true;
        dropInput();
        final ByteBuf text = allocator().directBuffer(256);
        ProblemText.write(text, problem);
        final int status = HttpStatuses.of(problem.code());
        edge().countStatus(status);
        final Http2Headers headers = Headers.write(edge().date(), status, ServerExchange.PROBLEM_JSON, text.readableBytes());
        if (problem.code().retryAfterSeconds() > 0) {
            headers.setInt(HttpHeaderNames.RETRY_AFTER, problem.code().retryAfterSeconds());
        }
        roomBytes = text.capacity();
        edge().budget().take(roomBytes);
        send(headers, text, isHead);
    }

    private void dropInput() {
        if (isAwaitingRoom) {
            isAwaitingRoom = false;
            connection.loop().endWait(incoming);
        }
        if (heldData != null) {
            heldData.release();
            heldData = null;
        }
        final int windowBytes = heldWindowBytes;
        endWaiting();
        connection.consume(stream, windowBytes);
        incoming.drop();
    }

    private void send(final Http2Headers headers, final ByteBuf body, final boolean isHead) {
        final boolean isAlone = isHead || !body.isReadable();
        connection.writeHeaders(stream, headers, isAlone);
        if (isAlone) {
            body.release();
            onAllWritten();
        } else {
            answer = body;
            pump();
        }
        connection.onAnswerEnd();
    }

    private void pump() {
        while (answer != null && isWritable()) {
            final int rest = answer.readableBytes();
            final int bytes = Math.min(rest, PIECE_BYTES);
            final boolean isLast = bytes == rest;
            final ByteBuf piece = isLast ? answer : answer.readRetainedSlice(bytes);
            answer = isLast ? null : answer;
            connection.onUnwritten(bytes);
            unwrittenBytes += bytes;
            connection.writeData(stream, piece, isLast, written -> {
                onWritten(bytes);
                if (answer == null && unwrittenBytes == 0) {
                    onAllWritten();
                }
            });
        }
    }

    private void onWritten(final int bytes) {
        connection.onWritten(bytes);
        unwrittenBytes -= bytes;
        writtenBytes += bytes;
    }

    private void onAllWritten() {
        giveRoomBack();
        if (isResetAtEnd && !isGone) {
            isResetAtEnd = false;
            // not at once: clients that are sending look at the reset before they look at the answer
            eventLoop().schedule(this::endInput, StreamsConnection.LINGER_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void endInput() {
        if (!isGone) {
            connection.reset(stream, Http2Error.NO_ERROR);
        }
    }

    private void giveRoomBack() {
        final long room = roomBytes;
        roomBytes = 0;
        if (room != 0) {
            connection.loop().giveBack(room);
        }
    }
}
