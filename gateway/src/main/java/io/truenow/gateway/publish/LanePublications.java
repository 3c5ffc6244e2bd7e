package io.truenow.gateway.publish;

import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.peer.PeerLink;

/** Opens the ways to lanes. Must not block: what it returns becomes connected by itself. Belongs to the journal agent's thread. */
@FunctionalInterface
public interface LanePublications {
    /** A publication to a lane of a hot-tier node at its present address. */
    PeerLink open(ServiceInstance node, int lane);
}
