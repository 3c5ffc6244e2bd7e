package io.truenow.hottier.link;

import io.truenow.fabric.catalog.ServiceInstance;
import org.agrona.DirectBuffer;

/** The way to one other service. Belongs to one agent; never blocks. */
public interface PeerSender extends AutoCloseable {
    /** Where the service is now: called whenever the catalog changes; reopens if its address changed. */
    void target(ServiceInstance service);

    /** Whether a message would find a receiver. Opens the way if need be, so ask again. */
    boolean isConnected();

    /** Sends a message; false: not now, try again in a later duty cycle. */
    boolean offer(DirectBuffer buffer, int offset, int length);

    @Override
    void close();
}
