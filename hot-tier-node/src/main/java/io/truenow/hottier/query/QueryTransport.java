package io.truenow.hottier.query;

import io.aeron.logbuffer.FragmentHandler;
import io.truenow.hottier.link.PeerSender;

/** What a query agent hears and speaks through. Made when the node's id is known. Belongs to the query agent. */
public interface QueryTransport extends AutoCloseable {
    /** The node's id in the catalog. */
    int nodeId();

    /** Polls the query stream: whole messages, at most so many fragments. */
    int poll(FragmentHandler handler, int fragmentLimit);

    /** A new way to a query node's inbox; the caller closes it. */
    PeerSender sender(int queryNodeId);

    @Override
    void close();
}
