package io.truenow.fabric.http.serve;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.truenow.fabric.http.route.ReplyStream;

import java.util.concurrent.RejectedExecutionException;

/**
 * What streams of both protocols have in common: when a part is taken, who is told what. A part is taken while the client reads and the
 * budget has room for it; what is taken counts until the socket has it. Belongs to the event loop.
 */
public abstract class ServerStream implements ReplyStream {
    private final EdgeCore edge;
    private final EventLoop eventLoop;
    private Listener listener;
    /** Somebody has been told that it is not writable. */
    private boolean isAwaited;
    private boolean isTelling;
    private volatile boolean isOpen;

    protected ServerStream(final EdgeCore edge, final EventLoop eventLoop) {
        this.edge = edge;
        this.eventLoop = eventLoop;
    }

    /** Whether the socket and, in HTTP/2, the client's window take more. */
    protected abstract boolean canTransmit();

    /** Sends a part, whose bytes have been taken from the budget; gives them back when they have been sent or are counted elsewhere. */
    protected abstract void transmit(ByteBuf part, int bytes);

    /** Says that the reply is whole. */
    protected abstract void finish();

    /** Shows that the reply is not whole. */
    protected abstract void breakOff();

    @Override
    public final boolean isOpen() {
        return isOpen;
    }

    @Override
    public final boolean isWritable() {
        isAwaited = isOpen && !canTransmit();
        return isOpen && !isAwaited;
    }

    @Override
    public final boolean offer(final ByteBuf part) {
        if (!isWritable()) {
            return false;
        }
        final int bytes = part.readableBytes();
        if (bytes == 0) {
            part.release();
        } else if (edge.budget().tryTake(bytes)) {
            transmit(part, bytes);
        } else {
            // there is no turn to wait for: the next tick asks again
            isAwaited = true;
            return false;
        }
        return true;
    }

    @Override
    public final void end() {
        if (isOpen) {
            isOpen = false;
            finish();
        }
    }

    @Override
    public final void abort() {
        if (isOpen) {
            isOpen = false;
            breakOff();
        }
    }

    /** The socket takes more, or a while has passed: who waits is told in a turn of its own, since this may be within an offer. */
    public final void onProgress() {
        if (isOpen && isAwaited && !isTelling && canTransmit()) {
            isTelling = true;
            execute(this::tellWritable);
        }
    }

    /** Nobody is left to read it. */
    public final void onGone() {
        if (isOpen) {
            isOpen = false;
            if (listener != null) {
                listener.onCancelled();
            }
        }
    }

    /** Its head has been sent. */
    final void open(final Listener newListener, final boolean isHeadAlone) {
        listener = newListener;
        isOpen = canBegin();
        if (isHeadAlone) {
            listener = null;
            end();
        }
    }

    /** Whether somebody is there to read it. */
    protected abstract boolean canBegin();

    private void tellWritable() {
        isTelling = false;
        if (isOpen && isAwaited && canTransmit()) {
            isAwaited = false;
            listener.onWritable();
        }
    }

    private void execute(final Runnable task) {
        try {
            eventLoop.execute(task);
        } catch (final RejectedExecutionException e) {
            // the loops were shut down: the connection is closed soon
            isTelling = false;
        }
    }
}
