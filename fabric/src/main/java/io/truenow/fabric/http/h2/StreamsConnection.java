package io.truenow.fabric.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.truenow.fabric.http.limits.ClientDeadlines;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.http.route.ProblemText;
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.EdgeProblems;
import io.truenow.fabric.http.serve.HeldBytes;
import io.truenow.fabric.http.serve.LoopConnections;
import io.truenow.fabric.http.serve.RequestHead;
import io.truenow.fabric.http.serve.ServerExchange;
import io.truenow.fabric.http.serve.Ticked;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.time.ProcessClock;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/2 connection: its streams, what they may take together, and what a client may do that asks for nothing. The end of the client's
 * output ends it, since without a window nothing could be answered. Belongs to its event loop.
 */
public final class StreamsConnection extends Http2ConnectionHandler implements Ticked {
    /** Streams at a time, and requests that handlers have, those of broken off streams among them. */
    static final int MAX_STREAMS = 128;
    /** What a client may send on a stream before the request has room. */
    static final int STREAM_WINDOW_BYTES = Http2CodecUtil.DEFAULT_WINDOW_SIZE;
    /** On all streams, and on one whose request has room for it. */
    static final int CONNECTION_WINDOW_BYTES = 1 << 20;
    /** Requests that wait for room, with their bodies. */
    static final int MAX_WAITING_BYTES = 128 * 1024;
    /** For a client that is still sending to read that it need not. */
    static final long LINGER_MS = TimeUnit.SECONDS.toMillis(2);

    private final EdgeCore edge;
    private final LoopConnections loop;
    private final boolean isReserved;
    private final ClientDeadlines deadlines;
    private final HeldBytes held;
    private final FrameTracker tracker = new FrameTracker();
    private final FrameFlood flood = new FrameFlood();
    private final Http2Connection.PropertyKey key;
    /** Streams that have more to write than the socket or the client's window took. */
    private final Set<RequestStream> blocked = new LinkedHashSet<>();
    private final Runnable writeTask = this::writeBlocked;
    private ChannelHandlerContext context;
    private LoopConnections.Place place;
    private int waitingBytes;
    private int serving;
    /** DATA that the flow control or the socket's queue has. */
    private long unwrittenBytes;
    private long writtenBytes;
    private boolean isReading;
    private boolean isWriteScheduled;
    private boolean isEnding;
    /** It ends with its last stream. */
    private boolean isLingering;

    StreamsConnection(
        final Http2ConnectionDecoder decoder,
        final Http2ConnectionEncoder encoder,
        final Http2Settings settings,
        final EdgeCore edge,
        final LoopConnections loop,
        final boolean isReserved) {
        super(decoder, encoder, settings);
        this.edge = edge;
        this.loop = loop;
        this.isReserved = isReserved;
        this.held = new HeldBytes(edge, loop);
        this.deadlines = new ClientDeadlines(edge.limits(), isReserved, ProcessClock.INSTANCE.nanoTime());
        this.key = connection().newKey();
        connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(final Http2Stream stream) {
                final RequestStream ours = of(stream);
                if (ours != null) {
                    ours.onClosed();
                }
                closeIfLast();
            }
        });
    }

    /**
     * A connection whose preface comes next.
     *
     * @param isReserved whether it is beyond the limit of connections.
     */
    public static StreamsConnection create(final EdgeCore edge, final LoopConnections loop, final boolean isReserved) {
        return new StreamsConnectionBuilder(edge, loop, isReserved).build();
    }

    EdgeCore edge() {
        return edge;
    }

    LoopConnections loop() {
        return loop;
    }

    boolean isReserved() {
        return isReserved;
    }

    EventLoop eventLoop() {
        return context.channel().eventLoop();
    }

    ByteBufAllocator allocator() {
        return context.alloc();
    }

    FrameFlood flood() {
        return flood;
    }

    /** Null for a stream that did not become a request. */
    RequestStream of(final Http2Stream stream) {
        return stream == null ? null : stream.getProperty(key);
    }

    @Override
    public void handlerAdded(final ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        gracefulShutdownTimeoutMillis(LINGER_MS);
        place = loop.add(this);
        super.handlerAdded(ctx);
        decoder().flowController().incrementWindowSize(
            connection().connectionStream(), CONNECTION_WINDOW_BYTES - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
    }

    @Override
    protected void handlerRemoved0(final ChannelHandlerContext ctx) throws Exception {
        super.handlerRemoved0(ctx);
        loop.remove(place);
    }

    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) throws Exception {
        isReading = true;
        tracker.track((ByteBuf) message, loop.nowNs());
        super.channelRead(ctx, message);
    }

    @Override
    public void channelReadComplete(final ChannelHandlerContext ctx) throws Exception {
        isReading = false;
        super.channelReadComplete(ctx);
        // windows may have been opened
        scheduleWrite();
        count();
    }

    /** What the client does not read is not added to. */
    @Override
    public void channelWritabilityChanged(final ChannelHandlerContext ctx) throws Exception {
        super.channelWritabilityChanged(ctx);
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        scheduleWrite();
        count();
    }

    @Override
    public void channelInactive(final ChannelHandlerContext ctx) throws Exception {
        isEnding = true;
        super.channelInactive(ctx);
        count();
    }

    @Override
    public void userEventTriggered(final ChannelHandlerContext ctx, final Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
            // connection resets and the like; what handlers throw is caught where they are called
            ctx.close();
        } else {
            onError(ctx, false, cause);
        }
    }

    @Override
    public void close(final ChannelHandlerContext ctx, final ChannelPromise promise) throws Exception {
        if (edge.isClosing()) {
            // answers that are under way are lost
            gracefulShutdownTimeoutMillis(0);
        }
        super.close(ctx, promise);
    }

    @Override
    protected void onConnectionError(
        final ChannelHandlerContext ctx, final boolean outbound, final Throwable cause, final Http2Exception http2Cause) {
        if (http2Cause != null && http2Cause.error() == Http2Error.ENHANCE_YOUR_CALM) {
            edge.refusals().count(Reason.FLOOD);
        }
        super.onConnectionError(ctx, outbound, cause, http2Cause);
    }

    @Override
    protected void handleServerHeaderDecodeSizeError(final ChannelHandlerContext ctx, final Http2Stream stream) {
        final Problem problem = EdgeProblems.headersTooLarge();
        final ByteBuf text = ctx.alloc().directBuffer(256);
        ProblemText.write(text, problem);
        final int status = HttpStatuses.of(problem.code());
        edge.countStatus(status);
        writeHeaders(stream, Headers.write(edge.date(), status, ServerExchange.PROBLEM_JSON, text.readableBytes()), false);
        // the stream is reset right behind it
        writeData(stream, text, true, written -> { });
    }

    @Override
    public void onTick(final long nowNs) {
        final ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
        final long pendingBytes = queue == null ? 0 : queue.totalPendingWriteBytes();
        if (deadlines.isReplyStalled(nowNs, pendingBytes > 0, writtenBytes + (queue == null ? 0 : queue.currentProgress()))) {
            edge.refusals().count(Reason.REPLY_TIMEOUT);
            // what the kernel holds for this client goes too
            context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            context.close();
            return;
        }
        count();
        if (tracker.isLate(nowNs, edge.limits().headerTimeout().toNanos())) {
            edge.refusals().count(Reason.HEADER_TIMEOUT);
            end();
            context.close();
            return;
        }
        tickStreams(nowNs);
        final boolean isClientToAct = connection().numActiveStreams() == 0 && serving == 0 && pendingBytes == 0;
        final Reason reason = isEnding ? null : deadlines.onTick(nowNs, isClientToAct);
        if (reason != null) {
            edge.refusals().count(reason);
            end();
        }
        flush(context);
    }

    /** Begins a request. */
    void onRequest(final Http2Stream stream, final Http2Headers headers, final boolean isWhole) throws Http2Exception {
        if (serving >= MAX_STREAMS) {
            // streams that are broken off still have their handlers
            throw Http2Exception.streamError(stream.id(), Http2Error.REFUSED_STREAM, "as many requests are under way as may be");
        }
        final RequestHead head = Headers.read(headers, isWhole, edge.routes());
        if (head == null) {
            throw Http2Exception.streamError(stream.id(), Http2Error.PROTOCOL_ERROR, "malformed request");
        }
        final RequestStream ours = new RequestStream(this, stream);
        stream.setProperty(key, ours);
        ours.onRequest(head, isWhole);
    }

    /** If not, {@link RequestStream#onWritable} is called when it may be. */
    boolean isWritable(final RequestStream ours, final Http2Stream stream) {
        if (encoder().flowController().isWritable(stream)) {
            return true;
        }
        blocked.add(ours);
        return false;
    }

    /** Whether a request that waits may hold so much. */
    boolean tryWait(final int bytes) {
        if (waitingBytes + bytes > MAX_WAITING_BYTES) {
            return false;
        }
        waitingBytes += bytes;
        return true;
    }

    void endWaiting(final int bytes) {
        waitingBytes -= bytes;
    }

    /** Requests that handlers have. */
    void onServing(final int change) {
        serving += change;
    }

    /** An answer has been given; some connections end with it. */
    void onAnswerEnd() {
        if (isReserved) {
            endSlowly();
        }
    }

    void onUnwritten(final int bytes) {
        unwrittenBytes += bytes;
    }

    void onWritten(final int bytes) {
        unwrittenBytes -= bytes;
        writtenBytes += bytes;
    }

    void writeHeaders(final Http2Stream stream, final Http2Headers headers, final boolean isLast) {
        encoder().writeHeaders(context, stream.id(), headers, 0, isLast, context.newPromise());
    }

    void writeData(final Http2Stream stream, final ByteBuf data, final boolean isLast, final ChannelFutureListener written) {
        encoder().writeData(context, stream.id(), data, 0, isLast, context.newPromise().addListener(written));
        try {
            // into the socket's queue, which says when it is full; the flow control has no bound but the client's window
            encoder().flowController().writePendingBytes();
        } catch (final Http2Exception e) {
            onError(context, true, e);
        }
    }

    void reset(final Http2Stream stream, final Http2Error error) {
        resetStream(context, stream.id(), error.code(), context.newPromise());
        flushUnlessReading();
    }

    /** Lets the client send faster what there is room for. */
    void widen(final Http2Stream stream, final long bodyLength) {
        if (bodyLength > STREAM_WINDOW_BYTES) {
            try {
                decoder().flowController().incrementWindowSize(
                    stream, (int) Math.min(bodyLength, CONNECTION_WINDOW_BYTES) - STREAM_WINDOW_BYTES);
            } catch (final Http2Exception e) {
                onError(context, true, e);
            }
        }
    }

    /** Opens the client's window again. */
    void consume(final Http2Stream stream, final int bytes) {
        if (bytes > 0) {
            try {
                decoder().flowController().consumeBytes(stream, bytes);
            } catch (final Http2Exception e) {
                onError(context, true, e);
            }
        }
    }

    void flushUnlessReading() {
        if (!isReading) {
            flush();
        }
    }

    void flush() {
        flush(context);
        count();
    }

    /** Says goodbye, and closes as soon as no stream is open. */
    private void end() {
        if (!isEnding) {
            isEnding = true;
            try {
                close(context, context.newPromise());
            } catch (final Exception e) {
                context.close();
            }
        }
    }

    /** Says goodbye to a client that may still be sending. */
    private void endSlowly() {
        if (!isEnding) {
            isEnding = true;
            isLingering = true;
            goAway(context, connection().remote().lastStreamCreated(), Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER,
                context.newPromise());
            closeIfLast();
        }
    }

    /** Not at once: closing would reset the connection under a client that is sending, before it reads the answer. */
    private void closeIfLast() {
        if (isLingering && connection().numActiveStreams() == 0) {
            isLingering = false;
            eventLoop().schedule(() -> context.close(), LINGER_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tickStreams(final long nowNs) {
        try {
            connection().forEachActiveStream(stream -> {
                final RequestStream ours = of(stream);
                if (ours != null) {
                    ours.onTick(nowNs);
                }
                return true;
            });
        } catch (final Http2Exception e) {
            onError(context, true, e);
        }
    }

    /** In a turn of its own: this may be within the writing of a stream. */
    private void scheduleWrite() {
        if (!blocked.isEmpty() && !isWriteScheduled && context.channel().isWritable()) {
            isWriteScheduled = true;
            eventLoop().execute(writeTask);
        }
    }

    private void writeBlocked() {
        isWriteScheduled = false;
        final List<RequestStream> streams = List.copyOf(blocked);
        blocked.clear();
        for (final RequestStream stream : streams) {
            stream.onWritable();
        }
        flush();
    }

    /** Requests and answers have room of their own until the socket has them: this is what is beside them. */
    private void count() {
        if (!context.channel().isActive()) {
            held.update(0);
            return;
        }
        final ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
        final long pendingBytes = queue == null ? 0 : queue.totalPendingWriteBytes();
        held.update(tracker.heldBytes() + Math.max(0, pendingBytes - unwrittenBytes));
    }
}
