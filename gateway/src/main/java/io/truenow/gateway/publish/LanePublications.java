package io.truenow.gateway.publish;

import io.truenow.fabric.catalog.ServiceInstance;

/** Opens publications. Must not block: what it returns becomes connected by itself. */
@FunctionalInterface
public interface LanePublications {
    /** A publication to a lane of a hot-tier node at its present address. */
    LanePublication open(ServiceInstance node, int lane);
}
