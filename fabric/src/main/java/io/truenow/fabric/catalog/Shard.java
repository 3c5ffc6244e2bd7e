package io.truenow.fabric.catalog;

import java.util.List;

/**
 * A virtual shard of a table and who owns it.
 *
 * @param id      unique in the catalog; what wire messages call {@code shardId}.
 * @param tableId the table.
 * @param index   0 .. shard count - 1 within the table.
 * @param epoch   version of this placement: the fence against stale senders and deposed owners.
 * @param owners  primary first; empty while no hot-tier node has registered.
 */
public record Shard(int id, int tableId, int index, long epoch, List<Owner> owners) {
    public Shard {
        owners = List.copyOf(owners);
    }

    /** The same at the next epoch. */
    public Shard nextEpoch(final List<Owner> newOwners) {
        return new Shard(id, tableId, index, epoch + 1, newOwners);
    }

    /** The owner on {@code nodeId}, or null. */
    public Owner ownerOn(final int nodeId) {
        for (final Owner owner : owners) {
            if (owner.nodeId() == nodeId) {
                return owner;
            }
        }
        return null;
    }
}
