package io.truenow.hottier.query;

import io.truenow.engine.store.segment.ShardStore;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The shard that keeps a query from beginning. While nothing is published there, looking at the query's shards again is in vain. Belongs to
 * the query agent.
 */
final class ShardWait {
    private int shardId;
    private ShardStore store;
    private long version;
    private boolean isForPosition;
    private boolean isWaiting;

    /** Waits for nothing. */
    void none() {
        isWaiting = false;
        store = null;
    }

    /**
     * Waits for a change.
     *
     * @param newStore   null if the lane does not hold the shard.
     * @param newVersion of it, from before it was looked at.
     * @param isPosition whether a wanted position is all that is missing, for which there is no patience to lose.
     */
    void on(final int newShardId, final ShardStore newStore, final long newVersion, final boolean isPosition) {
        isWaiting = true;
        shardId = newShardId;
        store = newStore;
        version = newVersion;
        isForPosition = isPosition;
    }

    /** Whether nothing has changed since, nor is to be said for want of patience. */
    boolean isOn(final Int2ObjectHashMap<ShardStore> stores, final boolean isPatient) {
        return isWaiting && (isPatient || isForPosition) && stores.get(shardId) == store && (store == null || store.beginRead() == version);
    }
}
