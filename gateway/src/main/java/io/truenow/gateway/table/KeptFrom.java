package io.truenow.gateway.table;

import org.agrona.collections.Long2LongHashMap;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * From when on lanes take events of each shard, as they tell it: earlier ones they drop, by age, for want of memory, or because they let
 * such rows go in an earlier life. So they must not be acknowledged. The journal agent's thread writes, any reads; allocates only as shard
 * ids grow.
 */
public final class KeptFrom {
    /** The shard's lane has not told anything yet. */
    public static final long UNKNOWN = Long.MIN_VALUE + 1;

    private static final int FIRST_SHARDS = 64;
    private static final long NO_EPOCH = -1;

    private final Long2LongHashMap epochs = new Long2LongHashMap(NO_EPOCH);
    private volatile AtomicLongArray timesUs = unknown(FIRST_SHARDS);

    /** Microseconds since the Unix epoch; {@link Long#MIN_VALUE} or {@link #UNKNOWN}, earlier than all, where nothing is dropped. */
    public long timeUs(final int shardId) {
        final AtomicLongArray now = timesUs;
        return shardId >= 0 && shardId < now.length() ? now.getOpaque(shardId) : UNKNOWN;
    }

    /** A lane has told. What one says that owned the shard earlier comes to nothing. */
    public void onTold(final int shardId, final long epoch, final long timeUs) {
        if (shardId < 0 || epoch < epochs.get(shardId)) {
            return;
        }
        epochs.put(shardId, epoch);
        AtomicLongArray now = timesUs;
        if (shardId >= now.length()) {
            final AtomicLongArray more = unknown(Math.max(shardId + 1, now.length() * 2));
            for (int i = 0; i < now.length(); i++) {
                more.setPlain(i, now.getPlain(i));
            }
            now = more;
            timesUs = more;
        }
        now.setOpaque(shardId, timeUs);
    }

    private static AtomicLongArray unknown(final int shards) {
        final AtomicLongArray times = new AtomicLongArray(shards);
        for (int i = 0; i < shards; i++) {
            times.setPlain(i, UNKNOWN);
        }
        return times;
    }
}
