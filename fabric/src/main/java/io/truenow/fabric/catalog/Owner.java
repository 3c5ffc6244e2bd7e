package io.truenow.fabric.catalog;

import io.truenow.codecs.control.OwnerState;

/** A node and lane that owns a shard. */
public record Owner(int nodeId, int lane, OwnerState state) {
}
