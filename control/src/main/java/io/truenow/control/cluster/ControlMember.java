package io.truenow.control.cluster;

import io.aeron.Aeron;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveMarkFile;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.service.ClusterCounters;
import io.aeron.cluster.service.ClusterMarkFile;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.exceptions.AeronException;
import io.truenow.control.ControlConfig;
import io.truenow.control.state.CatalogChange;
import io.truenow.fabric.control.ControlMembers;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Archive, consensus module and service container of one member, attached to a running media driver. Two threads: {@code control} runs
 * archive and consensus module in turn, {@code control-service} the state machine. Launched and closed by the launching thread.
 */
public final class ControlMember implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ControlMember.class);
    private static final int CLUSTER_ID = 0;
    /** Of log, ingress and snapshots: a message may be an eighth of it. The archive's segments are as small as that allows. */
    private static final int TERM_LENGTH_BYTES = 512 * 1024;
    private static final long LOW_STORAGE_BYTES = 16L * 1024 * 1024;
    private static final long FORMER_CLIENT_TIMEOUT_NS = 20_000_000_000L;
    private static final long ALONE_HEARTBEAT_TIMEOUT_NS = 30_000_000_000L;
    private static final long SNAPSHOT_TIMEOUT_NS = 2_000_000_000L;
    private static final long POLL_NS = 1_000_000L;
    private static final String SMALL = "aeron:udp?term-length=64k";
    private static final int ARCHIVE_RESPONSE_STREAM_ID = 120;

    private final MemberAgent agent;
    private final AgentRunner runner;

    private ControlMember(final MemberAgent agent, final AgentRunner runner) {
        this.agent = agent;
        this.runner = runner;
    }

    /**
     * Launches a member. A single one leads when this returns or soon after.
     *
     * @param aeron          the process' client: the member works in its driver, by its clocks, and tells it errors.
     * @param idle           makes a strategy for each of its threads.
     * @param directory      of this member's files; the caller's lock makes it this process' own.
     * @param changes        gets committed changes, on the service's thread.
     */
    public static ControlMember launch(
        final Aeron aeron,
        final Supplier<IdleStrategy> idle,
        final Path directory,
        final ControlConfig config,
        final MemberStatus status,
        final Consumer<CatalogChange> changes) {
        final ControlMembers members = config.controlMembers();
        // what ends the process' own client is told in one place, whichever client sees it first
        final ErrorHandler memberErrors = error -> onError(error, aeron.context().errorHandler());
        final MemberClocks clocks = MemberClocks.of(aeron);
        removeStaleMarks(directory);
        awaitFormerMember(aeron);

        final MemberAgent.Components components = new MemberAgent.Components(
            () -> Archive.launch(archiveContext(clocks, idle, directory, members.members().get(config.memberId()), memberErrors)),
            () -> ClusteredServiceContainer.launch(containerContext(clocks, idle, directory, status, changes, memberErrors)),
            archive -> ConsensusModule.launch(consensusContext(clocks, idle, directory, config, archive, status, memberErrors)),
            module -> new Snapshots(module, directory, members.members().size() == 1, ARCHIVE_RESPONSE_STREAM_ID + 2));
        final MemberAgent agent = new MemberAgent(components, status, config.snapshotIntervalCommands());
        final AgentRunner runner = new AgentRunner(idle.get(), memberErrors, null, agent);
        AgentRunner.startOnThread(runner, task -> new Thread(task, "control"));
        try {
            agent.awaitStarted();
        } catch (final RuntimeException e) {
            CloseHelper.quietClose(runner);
            throw e;
        }
        return new ControlMember(agent, runner);
    }

    /** Takes a snapshot, if this member leads and has anything new, so that the next start has nothing to carry out again. */
    @Override
    public void close() {
        if (!runner.isClosed()) {
            agent.requestLastSnapshot();
            if (!await(agent::isLastSnapshotTaken, SNAPSHOT_TIMEOUT_NS)) {
                LOGGER.warn("the last snapshot was not finished in time: the next start carries the log out again");
            }
        }
        abort();
    }

    /** Ends without a snapshot, as a crash would, but releases what this process holds. */
    public void abort() {
        CloseHelper.quietClose(runner);
    }

    private static Archive.Context archiveContext(
        final MemberClocks clocks, final Supplier<IdleStrategy> idle,
        final Path directory, final ControlMembers.Member member, final ErrorHandler errors) {
        return new Archive.Context()
            .aeronDirectoryName(clocks.aeronDirectory())
            .nanoClock(clocks.nanoClock())
            .epochClock(clocks.driverClock())
            .archiveDir(archiveDirectory(directory))
            .threadingMode(ArchiveThreadingMode.INVOKER)
            .controlChannel(SMALL + "|endpoint=" + member.archive())
            .replicationChannel("aeron:udp?endpoint=" + member.host() + ":0")
            .recordingEventsEnabled(false)
            .segmentFileLength(TERM_LENGTH_BYTES)
            .lowStorageSpaceThreshold(LOW_STORAGE_BYTES)
            .idleStrategySupplier(idle)
            .errorHandler(errors);
    }

    private static ClusteredServiceContainer.Context containerContext(
        final MemberClocks clocks,
        final Supplier<IdleStrategy> idle,
        final Path directory,
        final MemberStatus status,
        final Consumer<CatalogChange> changes,
        final ErrorHandler errors) {
        return new ClusteredServiceContainer.Context()
            .aeron(clocks.connect(new Aeron.Context().clientName("control-service"), errors))
            .ownsAeronClient(true)
            .nanoClock(clocks.nanoClock())
            .epochClock(clocks.driverClock())
            .clusterId(CLUSTER_ID)
            .clusterDir(clusterDirectory(directory))
            .serviceName("catalog")
            .archiveContext(archiveClient(1))
            .replayChannel("aeron:ipc?term-length=" + TERM_LENGTH_BYTES)
            .snapshotChannel("aeron:ipc?alias=snapshot|term-length=" + TERM_LENGTH_BYTES)
            .clusteredService(new CatalogService(changes, status))
            .idleStrategySupplier(idle)
            .threadFactory(task -> new Thread(task, "control-service"))
            .errorHandler(errors)
            .terminationHook(status::onTerminated);
    }

    private static ConsensusModule.Context consensusContext(
        final MemberClocks clocks,
        final Supplier<IdleStrategy> idle,
        final Path directory,
        final ControlConfig config,
        final Archive archive,
        final MemberStatus status,
        final ErrorHandler errors) {
        final ControlMembers members = config.controlMembers();
        final ControlMembers.Member self = members.members().get(config.memberId());
        final boolean isAlone = members.members().size() == 1;
        // alone there is no leader to be missed; after carrying out its log for this long a member counts itself out of its own quorum
        final long heartbeatTimeoutNs = isAlone ? ALONE_HEARTBEAT_TIMEOUT_NS : config.leaderHeartbeatTimeout().toNanos();
        final Aeron aeron = clocks.connect(new Aeron.Context()
            .clientName("consensus-module")
            .useConductorAgentInvoker(true)
            .clientLock(NoOpLock.INSTANCE), errors);
        return new ConsensusModule.Context()
            .aeron(aeron)
            .ownsAeronClient(true)
            .errorCounter(ClusterCounters.allocate(aeron, new ExpandableArrayBuffer(), "Cluster Errors",
                ConsensusModule.Configuration.CONSENSUS_MODULE_ERROR_COUNT_TYPE_ID, CLUSTER_ID))
            .epochClock(clocks.driverClock())
            .clusterId(CLUSTER_ID)
            .clusterDir(clusterDirectory(directory))
            .clusterMemberId(config.memberId())
            .clusterMembers(members.clusterMembers())
            .ingressChannel("aeron:udp?term-length=" + TERM_LENGTH_BYTES)
            .isIpcIngressAllowed(false)
            .logChannel((isAlone ? "aeron:ipc" : "aeron:udp") + "?term-length=" + TERM_LENGTH_BYTES)
            .consensusChannel(SMALL)
            .replayChannel("aeron:ipc?term-length=" + TERM_LENGTH_BYTES)
            .snapshotChannel("aeron:ipc?alias=snapshot|term-length=" + TERM_LENGTH_BYTES)
            .replicationChannel("aeron:udp?endpoint=" + self.host() + ":0")
            .archiveContext(archiveClient(0).agentInvoker(archive.invoker()))
            .useAgentInvoker(true)
            .idleStrategySupplier(() -> new ArchiveDrivingIdleStrategy(archive.invoker(), idle.get()))
            .clusterClock(new MicrosecondClusterClock(ProcessClock.INSTANCE.epoch()))
            .sessionTimeoutNs(config.sessionTimeout().toNanos())
            .leaderHeartbeatTimeoutNs(heartbeatTimeoutNs)
            .leaderHeartbeatIntervalNs(config.leaderHeartbeatTimeout().toNanos() / 5)
            .electionTimeoutNs(config.electionTimeout().toNanos())
            .electionStatusIntervalNs(config.electionTimeout().toNanos() / 5)
            .startupCanvassTimeoutNs(heartbeatTimeoutNs * 4)
            .terminationTimeoutNs(SNAPSHOT_TIMEOUT_NS)
            .errorHandler(errors)
            .terminationHook(status::onTerminated);
    }

    /** A client of the local archive; each has its own response stream. */
    private static AeronArchive.Context archiveClient(final int ordinal) {
        return new AeronArchive.Context()
            .controlRequestChannel("aeron:ipc?term-length=64k")
            .controlResponseChannel("aeron:ipc?term-length=64k")
            .controlRequestStreamId(AeronArchive.Configuration.localControlStreamId())
            .controlResponseStreamId(ARCHIVE_RESPONSE_STREAM_ID + ordinal);
    }

    private static File archiveDirectory(final Path directory) {
        return directory.resolve("archive").toFile();
    }

    private static File clusterDirectory(final Path directory) {
        return directory.resolve("cluster").toFile();
    }

    /**
     * Mark files of a killed process look alive for ten seconds. The data directory's lock says that it is gone; nothing else is in them:
     * the candidate's term is in {@code node-state.dat}, the rest is made anew.
     */
    private static void removeStaleMarks(final Path directory) {
        try {
            Files.deleteIfExists(archiveDirectory(directory).toPath().resolve(ArchiveMarkFile.FILENAME));
            final Path cluster = clusterDirectory(directory).toPath();
            if (Files.isDirectory(cluster)) {
                try (DirectoryStream<Path> marks = Files.newDirectoryStream(cluster, "cluster-mark*" + ClusterMarkFile.FILE_EXTENSION)) {
                    for (final Path mark : marks) {
                        Files.delete(mark);
                    }
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot clear marks of the former control member", e);
        }
    }

    /** A driver that outlives a killed member keeps its counters until the client's liveness timeout. */
    private static void awaitFormerMember(final Aeron aeron) {
        final int typeId = ConsensusModule.Configuration.CONSENSUS_MODULE_STATE_TYPE_ID;
        if (!await(() -> ClusterCounters.find(aeron.countersReader(), typeId, CLUSTER_ID) == Aeron.NULL_VALUE, FORMER_CLIENT_TIMEOUT_NS)) {
            throw new IllegalStateException("another control member uses this media driver");
        }
    }

    private static boolean await(final BooleanSupplier condition, final long timeoutNs) {
        final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + timeoutNs;
        while (!condition.getAsBoolean()) {
            if (ProcessClock.INSTANCE.nanoTime() - deadlineNs > 0) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    private static void onError(final Throwable error, final ErrorHandler errors) {
        if (error instanceof final AeronException event && event.category() == AeronException.Category.WARN) {
            LOGGER.info("{}", event.getMessage());
        } else {
            errors.onError(error);
        }
    }
}
