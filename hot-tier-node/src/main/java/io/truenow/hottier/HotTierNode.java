package io.truenow.hottier;

import io.truenow.codecs.StreamKind;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.write.SealerAgent;
import io.truenow.engine.store.sealed.write.SealerContext;
import io.truenow.engine.store.sealed.write.SealerCounters;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.memory.PressureLevel;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.Membership;
import io.truenow.fabric.service.NotReady;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.ServiceShell;
import io.truenow.fabric.time.Clocks;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.hottier.warm.WarmUp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A hot-tier node: lanes that hold shards in memory, and their query agents. It is visible at once and ready when it is registered and all
 * its shards are in sync. Launched and closed by the launching thread; the accessors belong to any.
 */
public final class HotTierNode implements LaunchedService {
    /** Applies batches. */
    static final Duty LANE = Duty.urgent("lane").hearing(StreamKind.INGEST);
    /** Scans. It shares its thread with the query node's agent: scatter, scan and merge without waking another in between. */
    static final Duty QUERY_AGENT = Duty.urgent("query-agent").sharing("queries").hearing(StreamKind.QUERY);
    /** Writes segment files: a call may take seconds, so it shares a thread with none that must not wait. */
    static final Duty SEALER = Duty.unhurried("sealer").alone();

    private static final Logger LOGGER = LoggerFactory.getLogger(HotTierNode.class);

    private final ServiceShell shell;
    private final Membership membership;
    private final List<LaneUnit> lanes = new ArrayList<>();
    private final ProcessorPinning pinning = new ProcessorPinning();
    private final NodeMemory memory;
    private final WarmUp warmUp;
    private final HttpEdge edge;
    private final SealerAgent sealer;

    private HotTierNode(final ServiceShell shell, final ServiceContext<HotTierConfig> context) {
        final HotTierConfig config = context.config();
        final ServiceEnvironment environment = shell.environment();
        final Clocks clocks = environment.clocks();
        this.shell = shell;
        membership = Membership.open(shell, context.directory(),
            new Membership.Terms(ServiceKind.HOT_TIER, config.aeronPort(), config.lanes(), config.lease()));
        LanesFile.check(membership.identity().directory(), config.lanes());
        memory = shell.owned(NodeMemory.open(config.memorySettings(), membership.identity()));
        final RetentionClock ageClock = shell.owned(RetentionClock.open(
            "hot-tier", membership.identity().directory(), clocks.wall(), clocks.machine(), config.clockLeapAfter()));
        environment.metrics().gauge("truenow_hot_tier_clock_leap_seconds",
            "By how much the wall clock has leapt ahead of the time by which rows grow old, 0 where it is believed",
            () -> TimeUnit.MICROSECONDS.toSeconds(ageClock.leapUs()));
        warmUp = shell.owned(WarmUp.start(config.warmUp(), memory.query(), clocks.machine()));
        for (int lane = 0; lane < config.lanes(); lane++) {
            lanes.add(shell.owned(new LaneUnit(lane, config, memory, membership.identity(), ageClock, membership.lease(), environment)));
        }
        memory.start();
        memory.register(environment.metrics());
        sealer = sealer();
        addTroubles();
        edge = shell.open(shell.edge(config.httpPort())
            .limits(environment.httpLimits().forMonitoring())
            .readiness(this::whyNotReady)
            .status(() -> NodeStatus.of(membership, memory, ageClock, pinning, lanes, shell.troubles())));
        for (final LaneUnit unit : lanes) {
            shell.run(LANE, pinning.pinned(unit.laneAgent, unit.lane, config.laneCpus()));
            shell.run(QUERY_AGENT, pinning.pinned(unit.queryAgent, unit.lane, config.queryCpus()));
        }
        shell.run(SEALER, sealer);
        shell.run(Duty.COORDINATION, new NodeAgent(environment, membership, memory, ageClock, lanes));
        membership.register(edge.port());
        LOGGER.info("hot-tier memory: {}; processors: {}", memory.summary(), pinning.summary());
        LOGGER.info("hot-tier node: {} lanes, HTTP {}:{}, Aeron {}:{}", config.lanes(),
            environment.bindHost(), edge.port(), environment.bindHost(), membership.inbox().port());
    }

    /**
     * Starts a node.
     *
     * @throws RuntimeException whose message is one clear line, if its directory, its ports or its memory cannot be had; nothing is left
     *                          running.
     */
    public static HotTierNode launch(final ServiceContext<HotTierConfig> context) {
        return ServiceShell.launch(context.environment(), "hot-tier", shell -> new HotTierNode(shell, context));
    }

    @Override
    public int httpPort() {
        return edge.port();
    }

    /** The node's id in the catalog, -1 until known. */
    public int nodeId() {
        return membership.serviceId();
    }

    /** Null when it is ready, else why not. Any thread. */
    public String whyNotReady() {
        final String whyNotRegistered = membership.whyNotRegistered();
        if (whyNotRegistered != null) {
            return whyNotRegistered;
        }
        int catchingUp = 0;
        for (final LaneUnit unit : lanes) {
            if (!unit.laneAgent.isPlaced()) {
                return NotReady.NOT_IN_CATALOG;
            }
            catchingUp += unit.laneAgent.shardsCatchingUp();
        }
        if (catchingUp > 0) {
            return catchingUp + " shards are catching up with their gateways";
        }
        return warmUp.isReady() ? null : "warming up";
    }

    /** Off-heap bytes reserved now. */
    public long memoryBytes() {
        return memory.accountant().usedBytes();
    }

    @Override
    public void close() {
        shell.close();
    }

    private SealerAgent sealer() {
        final ServiceEnvironment environment = shell.environment();
        final List<SealerContext.Lane> sealed = new ArrayList<>();
        lanes.forEach(unit -> sealed.add(new SealerContext.Lane(unit.lane, unit.seals, unit.memory(), unit.state())));
        final SealerAgent agent = new SealerAgent(new SealerContext(
            DiskFiles.INSTANCE, membership.identity().directory().resolve(SealedDirectory.NAME), memory.sealed(), sealed,
            SealerCounters.register(environment.metrics()), environment.clocks().process(), environment.errors()));
        environment.metrics().gauge("truenow_hot_tier_state_files_unwritten",
            "Lanes whose state file could not be written when that was tried last", agent::statesUnwritten);
        return agent;
    }

    private void addTroubles() {
        shell.troubles()
            .add("memory_full", () -> memory.pressure().isAtLeast(PressureLevel.REFUSE)
                ? "memory is at its limit, so new events wait until older rows have gone: raise hot-tier.memory-budget" : null)
            .add("regions_refused", () -> memory.areRegionsRefused()
                ? "no more memory can be had in " + memory.directory() + ", so new events wait: make room there" : null)
            .add("sealing_fails", this::whySealingFails)
            .add("state_unwritten", () -> sealer.statesUnwritten() == 0 ? null
                : "state files of lanes cannot be written: permissions, or a failing disk");
    }

    private String whySealingFails() {
        for (final LaneUnit unit : lanes) {
            final String failure = unit.laneAgent.lifeStatus().failure();
            if (!failure.isEmpty()) {
                return "spans that are over cannot be written to files, so they stay in memory: " + failure;
            }
        }
        return null;
    }
}
