package io.truenow.hottier.lane;

import io.truenow.codecs.ingest.AppliedEncoder;

import java.util.Arrays;

/**
 * Batches of a gateway with events that were there, which it has not been told of yet. Of very many the latest are left out: the gateway
 * counts fewer then. Belongs to the lane.
 */
final class RepeatList {
    private static final int MOST = 1 << 16;

    private int[] shardIds = new int[16];
    private int[] events = new int[16];
    private long[] incarnations = new long[16];
    private long[] sequences = new long[16];
    private int count;

    int count() {
        return count;
    }

    void add(final int shardId, final int eventCount, final long incarnation, final long sequence) {
        if (count == MOST) {
            return;
        }
        if (count == shardIds.length) {
            shardIds = Arrays.copyOf(shardIds, count * 2);
            events = Arrays.copyOf(events, count * 2);
            incarnations = Arrays.copyOf(incarnations, count * 2);
            sequences = Arrays.copyOf(sequences, count * 2);
        }
        shardIds[count] = shardId;
        events[count] = eventCount;
        incarnations[count] = incarnation;
        sequences[count++] = sequence;
    }

    /** Writes the first of them. */
    void encode(final AppliedEncoder.RepeatsEncoder target, final int some) {
        for (int i = 0; i < some; i++) {
            target.next().shardId(shardIds[i]).events(events[i]).incarnation(incarnations[i]).sequence(sequences[i]);
        }
    }

    /** They were sent. */
    void removeFirst(final int some) {
        count -= some;
        System.arraycopy(shardIds, some, shardIds, 0, count);
        System.arraycopy(events, some, events, 0, count);
        System.arraycopy(incarnations, some, incarnations, 0, count);
        System.arraycopy(sequences, some, sequences, 0, count);
    }
}
