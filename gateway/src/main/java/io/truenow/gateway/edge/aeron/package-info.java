/** The gateway's edge for Aeron-native clients: they build the batches, this edge checks them. */
package io.truenow.gateway.edge.aeron;
