package io.truenow.gateway.publish;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;

/** Hot-tier nodes as a catalog shows them. */
final class Nodes {
    private Nodes() {
    }

    static ServiceInstance active(final int id, final long incarnation) {
        return of(id, incarnation, 1, "localhost", 1, ServiceState.ACTIVE);
    }

    static ServiceInstance of(
        final int id, final long incarnation, final long driverId, final String host, final int port, final ServiceState state) {
        return new ServiceInstance(id, ServiceKind.HOT_TIER, incarnation, driverId, host, port, 1, 3, state, 1, 1, ServiceLease.NONE);
    }
}
