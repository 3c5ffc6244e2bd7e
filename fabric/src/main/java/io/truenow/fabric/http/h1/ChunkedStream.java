package io.truenow.fabric.http.h1;

import io.netty.buffer.ByteBuf;
import io.truenow.fabric.http.serve.IncomingRequest;
import io.truenow.fabric.http.serve.ServerExchange;
import io.truenow.fabric.http.serve.ServerStream;

/**
 * A reply in chunks; for HTTP/1.0, which has none, everything until the connection ends. It occupies its connection until it is over:
 * requests behind it wait. Belongs to the connection's event loop.
 */
final class ChunkedStream extends ServerStream {
    private final HttpConnection connection;
    private final ServerExchange exchange;
    private final boolean isLast;
    private final long roomBytes;

    /**
     * A stream whose head has been sent.
     *
     * @param isLast whether the connection ends with it.
     */
    ChunkedStream(final HttpConnection connection, final ServerExchange exchange, final boolean isLast) {
        super(connection.edge(), connection.eventLoop());
        this.connection = connection;
        this.exchange = exchange;
        this.isLast = isLast;
        this.roomBytes = Math.min(exchange.room(), IncomingRequest.HEAD_BYTES);
    }

    /** What its exchange holds, beside its parts. */
    long roomBytes() {
        return roomBytes;
    }

    @Override
    protected boolean canBegin() {
        return connection.isStreaming(this);
    }

    @Override
    protected boolean canTransmit() {
        return connection.isWritable();
    }

    @Override
    protected void transmit(final ByteBuf part, final int bytes) {
        if (exchange.head().isHttp10()) {
            connection.replies().writePlain(part, bytes);
        } else {
            connection.replies().writeChunk(part, bytes);
        }
        connection.onPartWritten(bytes);
    }

    @Override
    protected void finish() {
        if (!exchange.head().isHead() && !exchange.head().isHttp10()) {
            connection.replies().writeLastChunk();
        }
        connection.onStreamEnd(isLast);
    }

    @Override
    protected void breakOff() {
        connection.onStreamBroken();
    }
}
