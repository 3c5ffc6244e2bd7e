package io.truenow.control.state;

import org.agrona.DirectBuffer;

/** Takes a snapshot's messages. */
@FunctionalInterface
public interface SnapshotSink {
    /** One message; the buffer is reused after the call. */
    void onMessage(DirectBuffer buffer, int offset, int lengthBytes);
}
