package io.truenow.fabric.http.h2;

import io.netty.buffer.ByteBuf;
import io.truenow.fabric.http.serve.ServerStream;

/** A reply in DATA frames. Belongs to the connection's event loop. */
final class DataStream extends ServerStream {
    private final RequestStream stream;

    DataStream(final RequestStream stream) {
        super(stream.edge(), stream.eventLoop());
        this.stream = stream;
    }

    @Override
    protected boolean canBegin() {
        return stream.isOpen();
    }

    @Override
    protected boolean canTransmit() {
        return stream.isWritable();
    }

    @Override
    protected void transmit(final ByteBuf part, final int bytes) {
        stream.writePart(part, bytes);
    }

    @Override
    protected void finish() {
        stream.endParts();
    }

    @Override
    protected void breakOff() {
        stream.breakOff();
    }
}
