package io.truenow.fabric.http.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.http.route.ProblemText;
import io.truenow.fabric.http.serve.EdgeCore;
import io.truenow.fabric.http.serve.RequestHead;
import io.truenow.fabric.http.serve.ServerExchange;
import io.truenow.fabric.problem.Problem;

/** Writes answers to one connection, and knows what of them the client has not read. Belongs to the connection's event loop. */
final class ReplyWriter {
    private static final ByteBuf CONTINUE = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
        .writeBytes(AnswerHead.ascii("HTTP/1.1 100 Continue\r\n\r\n"))).asReadOnly();

    private static final ByteBuf LINE_END = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
        .writeBytes(AnswerHead.ascii("\r\n"))).asReadOnly();
    private static final ByteBuf LAST_CHUNK = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
        .writeBytes(AnswerHead.ascii("0\r\n\r\n"))).asReadOnly();
    private static final int CHUNK_HEAD_BYTES = 10;

    private final ChannelHandlerContext context;
    private final EdgeCore edge;
    private long queuedBytes;
    private boolean mustFlush;

    ReplyWriter(final ChannelHandlerContext context, final EdgeCore edge) {
        this.context = context;
        this.edge = edge;
    }

    /** Answers what did not become an exchange. */
    void writeProblem(final Problem problem, final boolean isHead, final boolean close) {
        final ByteBuf text = context.alloc().directBuffer(256);
        ProblemText.write(text, problem);
        final int status = HttpStatuses.of(problem.code());
        write(new AnswerHead.Fields(status, ServerExchange.PROBLEM_JSON, problem.code().retryAfterSeconds(), null, close, false),
            text, isHead);
        edge.countStatus(status);
    }

    /** Takes over the body's reference; {@link #flush} sends it. */
    void write(final AnswerHead.Fields fields, final ByteBuf body, final boolean isHead) {
        final int length = body.readableBytes();
        final boolean inOne = !isHead && length <= AnswerHead.COPY_BYTES;
        final ByteBuf bytes = context.alloc().directBuffer(AnswerHead.ESTIMATED_BYTES + (inOne ? length : 0));
        AnswerHead.write(bytes, fields, length, edge.date().line());
        if (inOne) {
            bytes.writeBytes(body);
        }
        queuedBytes += bytes.readableBytes();
        context.write(bytes, context.voidPromise());
        if (inOne || isHead) {
            body.release();
        } else {
            queuedBytes += length;
            context.write(body, context.voidPromise());
        }
        mustFlush = true;
    }

    /** The head of an answer whose parts follow. */
    void writeHead(final AnswerHead.Fields fields, final int lengthKind) {
        final ByteBuf bytes = context.alloc().directBuffer(AnswerHead.ESTIMATED_BYTES);
        AnswerHead.write(bytes, fields, lengthKind, edge.date().line());
        writePlain(bytes, bytes.readableBytes());
    }

    /** Takes over the part's reference; it is not empty, which would be the last. */
    void writeChunk(final ByteBuf part, final int length) {
        final boolean inOne = length <= AnswerHead.COPY_BYTES;
        final ByteBuf bytes = context.alloc().directBuffer(CHUNK_HEAD_BYTES + (inOne ? length + 2 : 0));
        ByteBufUtil.writeAscii(bytes, Integer.toHexString(length));
        bytes.writeBytes(LINE_END, 0, 2);
        if (inOne) {
            bytes.writeBytes(part).writeBytes(LINE_END, 0, 2);
            part.release();
            writePlain(bytes, bytes.readableBytes());
        } else {
            writePlain(bytes, bytes.readableBytes());
            writePlain(part, length);
            writePlain(LINE_END.duplicate(), 2);
        }
    }

    void writeLastChunk() {
        writePlain(LAST_CHUNK.duplicate(), LAST_CHUNK.readableBytes());
    }

    /** Takes over the reference. */
    void writePlain(final ByteBuf bytes, final int length) {
        queuedBytes += length;
        context.write(bytes, context.voidPromise());
        mustFlush = true;
    }

    /** Asks a client for the body at once, if it waits to be asked. */
    void askForBody(final RequestHead head) {
        if (head.expectsContinue()) {
            writePlain(CONTINUE.duplicate(), CONTINUE.readableBytes());
            flush();
        }
    }

    void flush() {
        if (mustFlush) {
            mustFlush = false;
            context.flush();
        }
    }

    /** Sends what is left, and then does that with the connection. */
    void finish(final ChannelFutureListener then) {
        mustFlush = false;
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(then);
    }

    /** Bytes held until the client has read more: an answer that it has read half of is held as a whole. */
    long heldBytes() {
        final ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }

    /** Grows with what the socket takes; of use for differences only. */
    long writtenBytes() {
        final ChannelOutboundBuffer queue = context.channel().unsafe().outboundBuffer();
        return queue == null ? queuedBytes : queuedBytes - queue.totalPendingWriteBytes() + queue.currentProgress();
    }
}
