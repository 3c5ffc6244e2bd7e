package io.truenow.control.cluster;

import io.aeron.Counter;
import io.aeron.archive.Archive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.ElectionState;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredServiceContainer;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Archive, consensus module and snapshots in turn, on one thread: the archive insists on being launched, run and closed by the same. The
 * service container is launched in between, since the consensus module's start waits for it.
 */
final class MemberAgent implements Agent {
    /** How each part is launched; called on the agent's thread. */
    record Components(
        Supplier<Archive> archive,
        Supplier<ClusteredServiceContainer> container,
        Function<Archive, ConsensusModule> consensusModule,
        Function<ConsensusModule, Snapshots> snapshots) {
    }

    private final Components components;
    private final MemberStatus status;
    private final long snapshotInterval;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private Archive archive;
    private ClusteredServiceContainer container;
    private ConsensusModule consensusModule;
    private AgentInvoker archiveInvoker;
    private AgentInvoker consensusModuleInvoker;
    private Snapshots snapshots;
    private Counter electionState;
    private volatile boolean isLastSnapshotWanted;
    private volatile boolean isLastSnapshotTaken;

    MemberAgent(final Components components, final MemberStatus status, final long snapshotInterval) {
        this.components = components;
        this.status = status;
        this.snapshotInterval = snapshotInterval;
    }

    /** Waits, on the launching thread, until everything is launched; throws what prevented it. */
    void awaitStarted() {
        try {
            started.join();
        } catch (final CompletionException e) {
            throw e.getCause() instanceof final RuntimeException cause ? cause : e;
        }
    }

    /** Asks, from any thread, for a snapshot if this member leads and has anything new. */
    void requestLastSnapshot() {
        isLastSnapshotWanted = true;
    }

    /** Whether there is nothing more to wait for before this agent is closed. */
    boolean isLastSnapshotTaken() {
        return isLastSnapshotTaken || status.isTerminated();
    }

    @Override
    public void onStart() {
        try {
            archive = components.archive().get();
            container = components.container().get();
            consensusModule = components.consensusModule().apply(archive);
            snapshots = components.snapshots().apply(consensusModule);
            archiveInvoker = archive.invoker();
            consensusModuleInvoker = consensusModule.conductorAgentInvoker();
            electionState = consensusModule.context().electionStateCounter();
            started.complete(null);
        } catch (final RuntimeException e) {
            // told to the launching thread, which closes this agent
            started.completeExceptionally(e);
        }
    }

    @Override
    public int doWork() {
        if (snapshots == null || status.isTerminated()) {
            return 0;
        }
        final int workCount = archiveInvoker.invoke() + consensusModuleInvoker.invoke();
        // a part that has ended has unmapped its counters
        if (archiveInvoker.isClosed() || consensusModuleInvoker.isClosed() || electionState.isClosed()) {
            status.onTerminated();
            return workCount;
        }
        final boolean isElectionOver = electionState.get() == ElectionState.CLOSED.code();
        if (isElectionOver != status.isElectionOver()) {
            status.onElection(isElectionOver);
        }
        return workCount + pollSnapshots(isElectionOver && status.role() == Cluster.Role.LEADER);
    }

    private int pollSnapshots(final boolean isLeader) {
        final boolean isLast = isLastSnapshotWanted;
        final long threshold = isLast ? 1 : snapshotInterval;
        final int workCount = snapshots.poll(isLeader && status.entriesSinceSnapshot() >= threshold);
        if (isLast && (!isLeader || status.entriesSinceSnapshot() == 0 && snapshots.isIdle())) {
            isLastSnapshotTaken = true;
        }
        return workCount;
    }

    @Override
    public void onClose() {
        CloseHelper.quietCloseAll(consensusModule, container, archive);
    }

    @Override
    public String roleName() {
        return "control";
    }
}
