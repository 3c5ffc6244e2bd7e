package io.truenow.engine.store.shard;

import java.util.Map;

/**
 * What of a shard must outlive a reboot and cannot be seen from its files. Never changes, so any thread may keep it.
 *
 * @param catalogIdHigh   of the catalog that gave the other ids, which mean nothing under another.
 * @param catalogIdLow    see there.
 * @param shardId         catalog id.
 * @param tableId         catalog id of its table, 0 if that is not known.
 * @param availableFromUs earlier rows were let go, Long.MIN_VALUE if none were.
 * @param letGoUntilUs    no row of this time or later was let go, Long.MIN_VALUE if none were at all: less than available from where that
 *                        moved without rows.
 * @param missing         ranges that have lost rows.
 * @param doubts          by start of a span that lost a file: rows that it had. 0 once it was fed again, and what is missing is known.
 */
public record ShardState(
    long catalogIdHigh, long catalogIdLow, int shardId, int tableId, long availableFromUs, long letGoUntilUs, MissingRanges missing,
    Map<Long, Long> doubts) {
    public ShardState {
        doubts = Map.copyOf(doubts);
    }

    /** Of a shard of which it is not known better until when rows were let go. */
    public ShardState(
        final long catalogIdHigh, final long catalogIdLow, final int shardId, final int tableId, final long availableFromUs,
        final MissingRanges missing, final Map<Long, Long> doubts) {
        this(catalogIdHigh, catalogIdLow, shardId, tableId, availableFromUs, availableFromUs, missing, doubts);
    }

    /** Whether it says no more than that there is such a shard. */
    public boolean isTrivial() {
        return availableFromUs == Long.MIN_VALUE && missing.size() == 0 && doubts.isEmpty();
    }
}
