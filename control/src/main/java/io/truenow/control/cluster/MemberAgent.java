package io.truenow.control.cluster;

import io.aeron.archive.Archive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.service.Cluster;
import io.truenow.control.ControlConfig;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;

/** Archive, consensus module and snapshots in turn, on one thread. */
final class MemberAgent implements Agent {
    private final AgentInvoker archive;
    private final AgentInvoker consensusModule;
    private final Snapshots snapshots;
    private final MemberStatus status;
    private final long snapshotInterval;

    MemberAgent(
        final Archive archive,
        final ConsensusModule consensusModule,
        final Snapshots snapshots,
        final MemberStatus status,
        final ControlConfig config) {
        this.archive = archive.invoker();
        this.consensusModule = consensusModule.conductorAgentInvoker();
        this.snapshots = snapshots;
        this.status = status;
        this.snapshotInterval = config.snapshotIntervalCommands();
    }

    @Override
    public int doWork() {
        int workCount = archive.invoke() + consensusModule.invoke();
        if (archive.isClosed() || consensusModule.isClosed()) {
            status.onTerminated();
        } else {
            workCount += snapshots.poll(status.role() == Cluster.Role.LEADER && status.entriesSinceSnapshot() >= snapshotInterval);
        }
        return workCount;
    }

    @Override
    public String roleName() {
        return "control";
    }
}
