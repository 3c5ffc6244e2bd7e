package io.truenow.hottier.lane;

import io.aeron.logbuffer.ControlledFragmentHandler;
import io.truenow.hottier.link.PeerSender;

/** What a lane hears and speaks through. Made when the node's id is known. Belongs to the lane. */
public interface LaneTransport extends AutoCloseable {
    /** The node's id in the catalog. */
    int nodeId();

    /** Polls the ingest stream: whole messages, at most so many fragments. A handler that answers ABORT gets the message again. */
    int poll(ControlledFragmentHandler handler, int fragmentLimit);

    /**
     * How many publishers' images have come since the start. One that comes may replace one that was lost, and the last that was sent to
     * the lost one with it: without a successor nobody would notice the gap.
     */
    long imagesSeen();

    /** A new way to a gateway's inbox; the caller closes it. */
    PeerSender sender(int gatewayId);

    @Override
    void close();
}
