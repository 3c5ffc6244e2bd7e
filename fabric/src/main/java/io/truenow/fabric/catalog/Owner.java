package io.truenow.fabric.catalog;

import io.truenow.codecs.control.OwnerState;

/**
 * A node and lane that owns a shard.
 *
 * @param nodeId       of the node.
 * @param lane         of it.
 * @param state        what control takes it for.
 * @param sinceVersion catalog version at which it became an owner; {@link #UNKNOWN_VERSION} where a former version of control did not say.
 */
public record Owner(int nodeId, int lane, OwnerState state, long sinceVersion) {
    /** Nobody said since when. */
    public static final long UNKNOWN_VERSION = 0;

    /** One of which it is not told since when it owns the shard. */
    public Owner(final int nodeId, final int lane, final OwnerState state) {
        this(nodeId, lane, state, UNKNOWN_VERSION);
    }

    /** Whether control takes it for one that has all of the shard. */
    public boolean isInSync() {
        return state == OwnerState.ACTIVE || state == OwnerState.IN_SYNC;
    }
}
