package io.truenow.query.scatter;

import io.aeron.logbuffer.FragmentHandler;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.peer.Sent;
import org.agrona.DirectBuffer;

/** The scatter agent's ways to lanes and back. Belongs to the agent's thread. */
public interface LaneLinks extends AutoCloseable {
    /** This node's id in the catalog, -1 until it is known and answers can reach it. */
    int queryNodeId();

    /** Opens what can be opened now and lets go of links to nodes that left. */
    int doWork(Catalog catalog);

    /** Offers a message to a lane's query agent. A link that is lost is opened anew with the next message. */
    Sent send(ServiceInstance node, int lane, DirectBuffer buffer, int lengthBytes);

    /** Whether what was sent to the lane may still be answered. */
    boolean isConnected(int nodeId, int lane);

    /** Reads answers; fragments, not whole messages. */
    int poll(FragmentHandler handler, int limit);

    @Override
    void close();
}
