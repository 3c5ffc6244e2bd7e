package io.truenow.gateway.publish;

import io.truenow.fabric.peer.Sent;
import org.agrona.DirectBuffer;

/** The way to one lane: what a destination needs of a publication. One thread. */
public interface LanePublication extends AutoCloseable {
    /** Whether the lane is listening; false while the publication is being added. */
    boolean isConnected();

    /** Offers one message. */
    Sent offer(DirectBuffer buffer, int offset, int length);

    /** Offers one message that lies in two buffers. */
    Sent offer(DirectBuffer first, int firstOffset, int firstLength, DirectBuffer second, int secondOffset, int secondLength);

    @Override
    void close();
}
