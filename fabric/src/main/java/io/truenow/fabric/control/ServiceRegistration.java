package io.truenow.fabric.control;

import io.truenow.codecs.control.ServiceKind;

/**
 * What a service tells the control plane when it starts.
 *
 * @param instanceKeyHigh random, kept in the service's data directory: the same key gets the same id.
 * @param instanceKeyLow  second half.
 */
public record ServiceRegistration(
    ServiceKind kind,
    long instanceKeyHigh,
    long instanceKeyLow,
    long incarnation,
    long driverId,
    String host,
    int aeronPort,
    int httpPort,
    int lanes,
    long leaseUs) {
}
