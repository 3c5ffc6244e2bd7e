package io.truenow.hottier.lane;

import io.truenow.fabric.catalog.Table;
import io.truenow.hottier.segment.ShardStore;
import io.truenow.hottier.shard.Spans;

import java.util.ArrayList;
import java.util.List;

/** A shard that the lane owns: its placement, its flows, its rows. Belongs to the lane. */
final class LaneShard {
    final ShardStore store;
    final List<Flow> flows = new ArrayList<>();
    /** As of the last round. */
    final SegmentCensus census = new SegmentCensus();
    private Table table;
    private long epoch;
    private long keptFromUs = Long.MIN_VALUE;
    private long availableFromUs = Long.MIN_VALUE;
    private boolean inSync;
    private boolean hasSettled;
    private long restingSince = -1;

    /** A shard whose store may hold what an earlier life of the node left. */
    LaneShard(final ShardStore store) {
        this.store = store;
        this.keptFromUs = store.availableFromUs();
        this.availableFromUs = store.availableFromUs();
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
            availableFromUs = Math.max(availableFromUs, keptFromUs);
        }
    }

    /** Rows before a time go, whatever their age. */
    void letGoBefore(final long fromUs) {
        keptFromUs = Math.max(keptFromUs, fromUs);
        availableFromUs = Math.max(availableFromUs, fromUs);
    }

    /** True once, if there were doubts whether rows are missing, and by now there are none: what was found is to be kept. */
    boolean takeSettled() {
        final boolean settled = hasSettled;
        hasSettled = false;
        return settled;
    }

    /** With nothing to be done for its segments before they change again. */
    void rest() {
        restingSince = store.changes();
    }

    /** The changes of the store when it came to rest, -1 if never. */
    long restingSince() {
        return restingSince;
    }

    /** In sync when every flow is; the lane knows all flows only when its own registration is in its view. */
    void publish() {
        boolean all = true;
        for (int i = 0; i < flows.size() && all; i++) {
            all = flows.get(i).isInSync();
        }
        if (all && !inSync) {
            hasSettled |= store.settleDoubts();
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
