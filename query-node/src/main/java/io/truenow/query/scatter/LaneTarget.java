package io.truenow.query.scatter;

import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongArrayList;

/** What one lane is asked for one query: some shards at their epochs. Belongs to the scatter agent's thread. */
final class LaneTarget {
    final RunningQuery query;
    final long correlationId;
    final int nodeId;
    final int lane;
    final IntArrayList shardIds = new IntArrayList();
    final LongArrayList epochs = new LongArrayList();
    final HeldParts parts;
    boolean isSent;

    LaneTarget(final RunningQuery query, final long correlationId, final int nodeId, final int lane, final HeldParts parts) {
        this.query = query;
        this.correlationId = correlationId;
        this.nodeId = nodeId;
        this.lane = lane;
        this.parts = parts;
    }
}
