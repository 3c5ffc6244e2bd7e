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
    long registeredVersion) {
}
