package io.truenow.gateway.publish;

import org.agrona.DirectBuffer;

/** The way to one lane: what a destination needs of an Aeron publication. Results are those of {@link io.aeron.Publication}. One thread. */
public interface LanePublication extends AutoCloseable {
    /** Whether the lane is listening; false while the publication is being added. */
    boolean isConnected();

    /** Offers one message. */
    long offer(DirectBuffer buffer, int offset, int length);

    /** Offers one message that lies in two buffers. */
    long offer(DirectBuffer first, int firstOffset, int firstLength, DirectBuffer second, int secondOffset, int secondLength);

    @Override
    void close();
}
