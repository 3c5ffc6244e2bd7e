package io.truenow.hottier.lane;

import io.truenow.engine.store.shard.ShardVector;
import io.truenow.fabric.position.Position;

/** The flow of one gateway's batches to one shard, as the lane sees it. Belongs to the lane. */
final class Flow {
    private static final long NEVER = Long.MAX_VALUE;

    final LaneShard shard;
    final int gatewayId;
    /** Last applied position; 0, 0 for none. */
    long incarnation;
    long sequence;
    /** The shard answers queries only when this flow has caught up; false for gateways that came after the node. */
    boolean isAwaited;
    boolean appliedDirty;
    private long resumeAtNs = NEVER;
    private long lastResumeNs;
    private long firstResumeId;
    private boolean caughtUp;
    private boolean hasTarget;
    private long targetIncarnation;
    private long targetSequence;

    Flow(final LaneShard shard, final int gatewayId) {
        this.shard = shard;
        this.gatewayId = gatewayId;
    }

    /** The shard has what its vector says, from an earlier life of the node or from files. */
    void startAt(final ShardVector vector) {
        final int at = vector.indexOf(gatewayId);
        if (at >= 0) {
            incarnation = vector.incarnation(at);
            sequence = vector.sequence(at);
        }
    }

    /** Whether a position was applied already. */
    boolean hasReached(final long otherIncarnation, final long otherSequence) {
        return Position.reached(incarnation, sequence, otherIncarnation, otherSequence);
    }

    /** Whether a later position with that predecessor is the next one. A journal that holds none before it says 0, 0. */
    boolean isNext(final long previousIncarnation, final long previousSequence) {
        return previousIncarnation == incarnation && previousSequence == sequence || previousIncarnation == 0 && previousSequence == 0;
    }

    void onApplied(final long newIncarnation, final long newSequence) {
        incarnation = newIncarnation;
        sequence = newSequence;
        if (hasTarget) {
            checkTarget();
        }
    }

    /** The gateway says that all up to a position was sent in answer to a Resume. One to a Resume of an earlier life says nothing. */
    void onCaughtUp(final long resumeId, final long upToIncarnation, final long upToSequence) {
        if (firstResumeId != 0 && resumeId >= firstResumeId) {
            hasTarget = true;
            targetIncarnation = upToIncarnation;
            targetSequence = upToSequence;
            checkTarget();
        }
    }

    boolean isInSync() {
        return caughtUp || !isAwaited;
    }

    /** Whether the gateway, if it is waited for, has been told from where on its batches are lacking. */
    boolean isAsked() {
        return firstResumeId != 0 || !isAwaited;
    }

    /** The lane is an owner anew: only what the gateway says in answer to a Resume from now on counts. */
    void rejoin(final boolean newIsAwaited) {
        isAwaited = newIsAwaited;
        caughtUp = false;
        hasTarget = false;
        firstResumeId = 0;
    }

    /** Asks for a Resume, at the latest at that time, but never sooner than the interval after the last one. */
    void wantResume(final long atNs, final long intervalNs) {
        resumeAtNs = Math.min(resumeAtNs, lastResumeNs == 0 ? atNs : Math.max(atNs, lastResumeNs + intervalNs));
    }

    boolean isResumeDue(final long nowNs) {
        return resumeAtNs != NEVER && resumeAtNs - nowNs <= 0;
    }

    boolean isResumeWanted() {
        return resumeAtNs != NEVER;
    }

    long lastResumeNs() {
        return lastResumeNs;
    }

    void onResumeSent(final long resumeId, final long nowNs) {
        resumeAtNs = NEVER;
        lastResumeNs = nowNs;
        firstResumeId = firstResumeId == 0 ? resumeId : firstResumeId;
    }

    private void checkTarget() {
        caughtUp |= hasReached(targetIncarnation, targetSequence);
    }
}
