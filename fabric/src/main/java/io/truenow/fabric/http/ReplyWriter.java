package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;

/** Writes answers to one connection, and knows what of them the client has not read. Belongs to the connection's event loop. */
final class ReplyWriter {
    private static final ByteBuf CONTINUE = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
        .writeBytes(AnswerHead.ascii("HTTP/1.1 100 Continue\r\n\r\n"))).asReadOnly();

    private final ChannelHandlerContext context;
    private long queuedBytes;
    private boolean mustFlush;

    ReplyWriter(final ChannelHandlerContext context) {
        this.context = context;
    }

    /** Takes over the body's reference; {@link #flush} sends it. */
    void write(final AnswerHead.Fields fields, final ByteBuf body, final boolean isHead, final byte[] dateLine) {
        final int length = body.readableBytes();
        final boolean inOne = !isHead && length <= AnswerHead.COPY_BYTES;
        final ByteBuf bytes = context.alloc().directBuffer(AnswerHead.ESTIMATED_BYTES + (inOne ? length : 0));
        AnswerHead.write(bytes, fields, length, dateLine);
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

    /** Asks for the body, at once. */
    void writeContinue() {
        queuedBytes += CONTINUE.readableBytes();
        context.write(CONTINUE.duplicate(), context.voidPromise());
        mustFlush = true;
        flush();
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
