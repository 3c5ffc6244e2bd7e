package io.truenow.fabric.position;

/**
 * Where a batch stands in the flow of one gateway to one shard. Dense per gateway incarnation and shard: 1, 2, ..
 *
 * @param shardId     the shard.
 * @param gatewayId   the gateway.
 * @param incarnation of the gateway, grows with each of its starts.
 * @param sequence    within the incarnation.
 */
public record Position(int shardId, int gatewayId, long incarnation, long sequence) {
    /** Whether (incarnation, sequence) has reached the other: same or later incarnation, and within one the same or a later sequence. */
    public static boolean reached(
        final long incarnation, final long sequence, final long wantedIncarnation, final long wantedSequence) {
        return incarnation > wantedIncarnation || incarnation == wantedIncarnation && sequence >= wantedSequence;
    }
}
