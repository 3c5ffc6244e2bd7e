package io.truenow.hottier.shard;

import io.truenow.codecs.control.OwnerState;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;

/**
 * What the catalog says of a lane and a shard. Immutable.
 *
 * @param isNamed      whether the lane is an owner.
 * @param isLeaving    whether it is one that others are to take over from.
 * @param isShared     whether others are owners beside it, one of whom may be made the first when the node's lease runs out. Where it is
 *                     the only one nobody can take over, and it goes on while control is away.
 * @param isElsewhere  whether another owner has all of the shard, or there is none any more: nothing that it had is needed.
 * @param sinceVersion catalog version at which the lane became an owner, {@link Owner#UNKNOWN_VERSION} if nobody says.
 */
public record ShardOwnership(boolean isNamed, boolean isLeaving, boolean isShared, boolean isElsewhere, long sinceVersion) {
    /** Of a shard that is no more. */
    public static final ShardOwnership NONE = new ShardOwnership(false, false, false, true, Owner.UNKNOWN_VERSION);

    /** That of a lane in a record; null for a shard that is no more. */
    public static ShardOwnership of(final Shard shard, final int nodeId, final int lane) {
        if (shard == null) {
            return NONE;
        }
        Owner self = null;
        boolean isElsewhere = false;
        for (final Owner owner : shard.owners()) {
            if (owner.nodeId() == nodeId && owner.lane() == lane) {
                self = owner;
            } else {
                isElsewhere |= owner.isInSync();
            }
        }
        return self == null
            ? new ShardOwnership(false, false, false, isElsewhere, Owner.UNKNOWN_VERSION)
            : new ShardOwnership(true, self.state() == OwnerState.LEAVING, shard.owners().size() > 1, isElsewhere, self.sinceVersion());
    }
}
