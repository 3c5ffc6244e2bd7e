package io.truenow.gateway.publish;

/** The flow of one shard to one destination. Owned by the journal agent. */
final class ShardFlow {
    static final long NO_EPOCH = -1;
    static final long NO_RESUME = -1;

    final int shardId;
    /** At which the catalog makes the lane an owner, or {@link #NO_EPOCH}. */
    long assignedEpoch = NO_EPOCH;
    /** At which the lane asked for the flow, since the connection was made, or {@link #NO_EPOCH}. */
    long resumedEpoch = NO_EPOCH;
    /** Last position sent, or that the lane said it has. */
    long sentIncarnation;
    long sentSequence;
    /** The Resume that is to be answered with CaughtUp, or {@link #NO_RESUME}. */
    long resumeId = NO_RESUME;

    ShardFlow(final int shardId) {
        this.shardId = shardId;
    }

    /** Batches flow only to an owner that asked, and both at the same epoch: the catalog reaches lane and gateway at different times. */
    boolean isFlowing() {
        return resumedEpoch == assignedEpoch && assignedEpoch != NO_EPOCH;
    }

    boolean isAfterSent(final long incarnation, final long sequence) {
        return incarnation > sentIncarnation || incarnation == sentIncarnation && sequence > sentSequence;
    }

    void stop() {
        resumedEpoch = NO_EPOCH;
        resumeId = NO_RESUME;
    }
}
