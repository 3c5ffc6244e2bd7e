package io.truenow.fabric.catalog;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;

/**
 * A registered gateway, hot-tier node or query node.
 *
 * @param id                given by the catalog, kept for the life of the service's data directory.
 * @param kind              what it is.
 * @param incarnation       grows with each start of its process.
 * @param driverId          services with equal driver ids share a media driver and talk over IPC.
 * @param host              where others reach it.
 * @param aeronPort         UDP port of its inbox.
 * @param httpPort          TCP port of its HTTP edge.
 * @param lanes             hot tier: number of lanes, else 0.
 * @param state             whether its lease is held.
 * @param createdVersion    catalog version at which the id was given.
 * @param registeredVersion catalog version at which this incarnation registered.
 * @param lease             for control.
 */
public record ServiceInstance(
    int id,
    ServiceKind kind,
    long incarnation,
    long driverId,
    String host,
    int aeronPort,
    int httpPort,
    int lanes,
    ServiceState state,
    long createdVersion,
    long registeredVersion,
    ServiceLease lease) {
    /** The same in another state. */
    public ServiceInstance with(final ServiceState newState) {
        return new ServiceInstance(id, kind, incarnation, driverId, host, aeronPort, httpPort, lanes, newState, createdVersion,
            registeredVersion, lease);
    }

    /** The same with another lease. */
    public ServiceInstance with(final ServiceLease newLease) {
        return new ServiceInstance(id, kind, incarnation, driverId, host, aeronPort, httpPort, lanes, state, createdVersion,
            registeredVersion, newLease);
    }

    /** The same under an id and with the versions that belong to it. */
    public ServiceInstance as(final int newId, final long newCreatedVersion, final long newRegisteredVersion) {
        return new ServiceInstance(newId, kind, incarnation, driverId, host, aeronPort, httpPort, lanes, state, newCreatedVersion,
            newRegisteredVersion, lease);
    }
}
