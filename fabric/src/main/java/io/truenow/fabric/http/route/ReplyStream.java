package io.truenow.fabric.http.route;

import io.netty.buffer.ByteBuf;

/**
 * A reply of status 200 or another whose length is not known when it begins: chunks of HTTP/1.1, DATA frames of HTTP/2. It takes parts only
 * as fast as the client reads them, and what the client has not read counts as held for it. Belongs to the exchange's event loop, but for
 * {@link #isOpen}; who has something to say on another thread hands it over to that loop.
 */
public interface ReplyStream {
    /** Whether the client is there and the reply is not over. Any thread may ask. */
    boolean isOpen();

    /** Whether {@link #offer} takes a part now. If not, {@link Listener#onWritable} is called once it does. */
    boolean isWritable();

    /**
     * Sends a part, whatever its length.
     *
     * @return whether the part's reference was taken over. If not, the client is behind, or too much is held for clients: offer it again
     *     after {@link Listener#onWritable}. Nor is it once the stream is not open any more.
     */
    boolean offer(ByteBuf part);

    /** Ends the reply: the client has all of it. */
    void end();

    /** Breaks the reply off, so that the client sees that it is not whole. */
    void abort();

    /** Is told what becomes of the stream, on its event loop. */
    interface Listener {
        /** An offer that was refused may be made again. Never called from within an offer. */
        void onWritable();

        /** The client has gone, or has read too slowly; no more is taken. Called once; not after the reply's own end. */
        void onCancelled();
    }
}
