package io.truenow.control.cluster;

import io.aeron.cluster.service.Cluster;

import java.util.concurrent.atomic.AtomicReference;

/** What a member says of itself. Written by the member's threads, each value by one; read by any. */
public final class MemberStatus {
    private final AtomicReference<Runnable> onEnded;
    private volatile Cluster.Role role = Cluster.Role.FOLLOWER;
    private volatile long leadershipTermId = -1;
    private volatile int leaderMemberId = -1;
    private volatile long catalogVersion = -1;
    private volatile long entriesSinceSnapshot;
    private volatile boolean isElectionOver;
    private volatile boolean isTerminated;

    /** Of a member that is being launched; tells once if it ends by itself. */
    public MemberStatus(final Runnable onEnded) {
        this.onEnded = new AtomicReference<>(onEnded);
    }

    /** Of this member. */
    public Cluster.Role role() {
        return role;
    }

    /** The term that this member's log is in, -1 before the first. */
    public long leadershipTermId() {
        return leadershipTermId;
    }

    /** Leader of that term, -1 before the first. */
    public int leaderMemberId() {
        return leaderMemberId;
    }

    /** Version of this member's catalog, -1 before it is loaded. */
    public long catalogVersion() {
        return catalogVersion;
    }

    /** Entries of the log that a restart would carry out again. */
    public long entriesSinceSnapshot() {
        return entriesSinceSnapshot;
    }

    /** Whether there is a leader and this member's catalog has what was committed before: not while the log is carried out again. */
    public boolean isElectionOver() {
        return isElectionOver;
    }

    /** Whether consensus module or service have ended by themselves: nothing works any more. */
    public boolean isTerminated() {
        return isTerminated;
    }

    void onRole(final Cluster.Role newRole) {
        role = newRole;
    }

    void onTerm(final long termId, final int leaderId) {
        leadershipTermId = termId;
        leaderMemberId = leaderId;
    }

    void onEntry(final long version) {
        catalogVersion = version;
        entriesSinceSnapshot = entriesSinceSnapshot + 1;
    }

    void onSnapshot(final long version) {
        catalogVersion = version;
        entriesSinceSnapshot = 0;
    }

    void onElection(final boolean isOver) {
        isElectionOver = isOver;
    }

    void onTerminated() {
        isTerminated = true;
        final Runnable telling = onEnded.getAndSet(null);
        if (telling != null) {
            telling.run();
        }
    }
}
