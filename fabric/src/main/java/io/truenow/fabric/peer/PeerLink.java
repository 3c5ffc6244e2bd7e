package io.truenow.fabric.peer;

import org.agrona.DirectBuffer;

/** The way to one peer: what a sender needs of a publication, so that a test can put another in its place. Belongs to one thread. */
public interface PeerLink extends AutoCloseable {
    /** Whether a peer listens; false while the publication is being added. */
    boolean isConnected();

    /** Offers one message. */
    Sent offer(DirectBuffer buffer, int offset, int length);

    /** Offers one message that lies in two buffers. */
    Sent offer(DirectBuffer first, int firstOffset, int firstLength, DirectBuffer second, int secondOffset, int secondLength);

    @Override
    void close();
}
