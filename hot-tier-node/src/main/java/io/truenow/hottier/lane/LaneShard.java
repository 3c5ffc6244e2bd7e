package io.truenow.hottier.lane;

import io.truenow.fabric.catalog.Table;
import io.truenow.hottier.segment.ShardStore;
import io.truenow.hottier.segment.Spans;

import java.util.ArrayList;
import java.util.List;

/** A shard that the lane owns: its placement, its flows, its rows. Belongs to the lane. */
final class LaneShard {
    final ShardStore store;
    final List<Flow> flows = new ArrayList<>();
    private Table table;
    private long epoch;
    private long keptFromUs = Long.MIN_VALUE;
    private long availableFromUs = Long.MIN_VALUE;
    private boolean inSync;

    LaneShard(final ShardStore store) {
        this.store = store;
    }

    int shardId() {
        return store.shardId();
    }

    long epoch() {
        return epoch;
    }

    Table table() {
        return table;
    }

    boolean isInSync() {
        return inSync;
    }

    /** Spans that begin before this are let go. */
    long keptFromUs() {
        return keptFromUs;
    }

    /** True if the epoch is another. */
    boolean onPlacement(final Table newTable, final long newEpoch) {
        table = newTable;
        final boolean changed = epoch != newEpoch;
        epoch = newEpoch;
        return changed;
    }

    /**
     * Moves what is kept with time. Where the table is so young that no accepted event can be older than what is kept, everything is
     * available.
     */
    void onTime(final long nowUs) {
        keptFromUs = Math.max(keptFromUs, Spans.keptFromUs(nowUs, table.retentionUs()));
        if (table.createdUs() - table.retentionUs() < keptFromUs) {
            availableFromUs = keptFromUs;
        }
    }

    /** In sync when every flow is; the lane knows all flows only when its own registration is in its view. */
    void publish() {
        boolean all = true;
        for (int i = 0; i < flows.size() && all; i++) {
            all = flows.get(i).isInSync();
        }
        // once whole it stays whole: what comes later is told by positions, not by this
        inSync |= all;
        store.publishState(epoch, inSync, availableFromUs);
    }

    /** Answers no query any more. */
    void leave() {
        inSync = false;
        store.publishState(epoch, false, availableFromUs);
    }

    Flow flow(final int gatewayId) {
        for (int i = 0; i < flows.size(); i++) {
            if (flows.get(i).gatewayId == gatewayId) {
                return flows.get(i);
            }
        }
        return null;
    }
}
