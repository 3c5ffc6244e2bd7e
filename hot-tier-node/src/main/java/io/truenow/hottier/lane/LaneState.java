package io.truenow.hottier.lane;

/** Who the lane is, as its messages tell. Belongs to the lane. */
final class LaneState {
    private final int nodeId;
    private final int lane;
    private final long incarnation;
    private final LaneCounters counters;
    /** Ids of different incarnations never overlap, so an answer to an earlier life is told by its id. */
    private long resumeId;

    LaneState(final int nodeId, final int lane, final long incarnation, final LaneCounters counters) {
        this.nodeId = nodeId;
        this.lane = lane;
        this.incarnation = incarnation;
        this.counters = counters;
        this.resumeId = incarnation << Integer.SIZE;
    }

    int nodeId() {
        return nodeId;
    }

    int lane() {
        return lane;
    }

    long incarnation() {
        return incarnation;
    }

    LaneCounters counters() {
        return counters;
    }

    long nextResumeId() {
        return ++resumeId;
    }
}
