package io.truenow.query.scatter;

import io.truenow.codecs.control.OwnerState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;

/** Which lane answers for a shard, as a catalog has it. */
final class Placement {
    private Placement() {
    }

    /** A lane and the epoch at which it owns the shard. */
    record Place(int nodeId, int lane, long epoch) {
    }

    /** The first owner that holds the shard, else the first; null if there is none or its node is unknown. */
    static Place of(final int shardId, final Catalog catalog) {
        final Shard shard = catalog.shard(shardId);
        Owner best = null;
        if (shard != null) {
            for (final Owner owner : shard.owners()) {
                final boolean holds = owner.state() == OwnerState.ACTIVE || owner.state() == OwnerState.IN_SYNC;
                if (catalog.service(owner.nodeId()) != null && (best == null || holds && !holds(best))) {
                    best = owner;
                }
            }
        }
        return best == null ? null : new Place(best.nodeId(), best.lane(), shard.epoch());
    }

    private static boolean holds(final Owner owner) {
        return owner.state() == OwnerState.ACTIVE || owner.state() == OwnerState.IN_SYNC;
    }

    /** Whether the target's lane still owns its shards at the epochs it was asked for. */
    static boolean isCurrent(final LaneTarget target, final Catalog catalog) {
        for (int i = 0; i < target.shardIds.size(); i++) {
            final Shard shard = catalog.shard(target.shardIds.getInt(i));
            final Owner owner = shard == null ? null : shard.ownerOn(target.nodeId);
            if (owner == null || owner.lane() != target.lane || shard.epoch() != target.epochs.getLong(i)) {
                return false;
            }
        }
        return true;
    }
}
