package io.truenow.hottier;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.write.SealerAgent;
import io.truenow.engine.store.sealed.write.SealerContext;
import io.truenow.engine.store.sealed.write.SealerCounters;
import io.truenow.fabric.agent.AgentDuty;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.LeaseKeeper;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.memory.PressureLevel;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.Troubles;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.fabric.time.WallClock;
import io.truenow.hottier.warm.WarmUp;
import org.agrona.CloseHelper;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.SystemNanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A hot-tier node: lanes that hold shards in memory, and their query agents. It is visible at once and ready when it is registered and all
 * its shards are in sync. Launched and closed by the launching thread; the accessors belong to any.
 */
public final class HotTierNode implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(HotTierNode.class);

    private static final long LEAVE_TIMEOUT_MS = 500;

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final List<LaneUnit> lanes = new ArrayList<>();
    private final ProcessorPinning pinning = new ProcessorPinning();
    private NodeMemory memory;
    private RetentionClock ageClock;
    private WarmUp warmUp;
    private volatile LeaseKeeper leaseKeeper;
    private HttpEdge edge;
    private SealerAgent sealer;
    private Troubles troubles;

    private HotTierNode() {
    }

    /**
     * Starts a node.
     *
     * @throws RuntimeException whose message is one clear line, if its directory, its ports or its memory cannot be had; nothing is left
     *                          running.
     */
    public static HotTierNode launch(final HotTierContext context) {
        final HotTierNode node = new HotTierNode();
        try {
            node.start(context);
            return node;
        } catch (final RuntimeException | Error e) {
            node.close();
            throw e;
        }
    }

    /** TCP port of the HTTP edge. */
    public int httpPort() {
        return edge.port();
    }

    /** The node's id in the catalog, -1 until known. */
    public int nodeId() {
        return leaseKeeper.serviceId();
    }

    /** Null when it is ready, else one sentence why not. */
    public String whyNotReady() {
        if (!leaseKeeper.isRegistered()) {
            return "not registered with the control plane yet";
        }
        int catchingUp = 0;
        for (final LaneUnit unit : lanes) {
            if (!unit.laneAgent.isPlaced()) {
                return "waiting for the catalog to show this start of the node";
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
        leave();
        while (!resources.isEmpty()) {
            CloseHelper.quietClose(resources.pop());
        }
    }

    private void start(final HotTierContext context) {
        final HotTierConfig config = context.config();
        final ServiceEnvironment environment = context.environment();
        final ServiceIdentity identity = owned(ServiceIdentity.open(context.directory()));
        LanesFile.check(identity.directory(), config.lanes());
        memory = owned(NodeMemory.open(config.memorySettings(), identity));
        ageClock = owned(RetentionClock.open(
            "hot-tier", identity.directory(), WallClock.INSTANCE, SystemNanoClock.INSTANCE, config.clockLeapAfter()));
        environment.metrics().gauge("truenow_hot_tier_clock_leap_seconds",
            "By how much the wall clock has leapt ahead of the time by which rows grow old, 0 where it is believed",
            () -> TimeUnit.MICROSECONDS.toSeconds(ageClock.leapUs()));
        warmUp = owned(WarmUp.start(config.warmUp(), memory.query(), SystemNanoClock.INSTANCE));
        for (int lane = 0; lane < config.lanes(); lane++) {
            lanes.add(owned(new LaneUnit(lane, config, memory, identity, ageClock, environment)));
        }
        memory.start();
        memory.register(environment.metrics());
        troubles = troubles(environment);
        final Inbox inbox = owned(Inbox.open(environment.aeron(), environment.bindHost(), config.aeronPort(), "hot-tier.aeron-port"));
        edge = owned(HttpEdge.launch(new HttpEdge.Context()
            .serviceName("hot-tier")
            .host(environment.bindHost())
            .port(config.httpPort())
            .eventLoops(environment.eventLoops())
            .limits(environment.httpLimits().forMonitoring())
            .metrics(environment.metrics())
            .errors(environment.errors())
            .readiness(() -> leaseKeeper == null ? "starting" : whyNotReady())
            .status(() -> NodeStatus.of(leaseKeeper, memory, ageClock, pinning, lanes, troubles))));
        leaseKeeper = new LeaseKeeper(environment.control(), registration(config, environment, identity, inbox), identity.serviceId(),
            identity::rememberServiceId, environment.errors());
        final AgentScheduler scheduler = environment.scheduler();
        for (final LaneUnit unit : lanes) {
            owned(scheduler.schedule(AgentDuty.LANE, pinning.pinned(unit.laneAgent, unit.lane, config.laneCpus())));
            owned(scheduler.schedule(AgentDuty.QUERY_AGENT, pinning.pinned(unit.queryAgent, unit.lane, config.queryCpus())));
        }
        sealer = sealer(identity, environment);
        owned(scheduler.schedule(AgentDuty.SEALER, sealer));
        owned(scheduler.schedule(AgentDuty.COORDINATION, new NodeAgent(environment, inbox, leaseKeeper, memory, ageClock, lanes)));
        owned(scheduler.schedule(AgentDuty.COORDINATION, new CompositeAgent(leaseKeeper, troubles)));
        LOGGER.info("hot-tier memory: {}; processors: {}", memory.summary(), pinning.summary());
        LOGGER.info("hot-tier node: {} lanes, HTTP {}:{}, Aeron {}:{}", config.lanes(),
            environment.bindHost(), edge.port(), environment.bindHost(), inbox.port());
    }

    private SealerAgent sealer(final ServiceIdentity identity, final ServiceEnvironment environment) {
        final List<SealerContext.Lane> sealed = new ArrayList<>();
        lanes.forEach(unit -> sealed.add(new SealerContext.Lane(unit.lane, unit.seals, unit.memory(), unit.state())));
        final SealerAgent sealer = new SealerAgent(new SealerContext(
            DiskFiles.INSTANCE, identity.directory().resolve(SealedDirectory.NAME), memory.sealed(), sealed,
            SealerCounters.register(environment.metrics()), ProcessClock.INSTANCE, environment.errors()));
        environment.metrics().gauge("truenow_hot_tier_state_files_unwritten",
            "Lanes whose state file could not be written when that was tried last", sealer::statesUnwritten);
        return sealer;
    }

    private Troubles troubles(final ServiceEnvironment environment) {
        return new Troubles("hot-tier", environment.metrics(), ProcessClock.INSTANCE)
            .add("memory_full", () -> memory.pressure().isAtLeast(PressureLevel.REFUSE)
                ? "memory is at its limit, so new events wait until older rows have gone: raise hot-tier.memory-budget" : null)
            .add("regions_refused", () -> memory.areRegionsRefused()
                ? "no more memory can be had in " + memory.directory() + ", so new events wait: make room there" : null)
            .add("sealing_fails", this::whySealingFails)
            .add("state_unwritten", () -> sealer == null || sealer.statesUnwritten() == 0 ? null
                : "state files of lanes cannot be written: permissions, or a failing disk")
            .addSlow("control_away", environment.control()::whyAway);
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

    private ServiceRegistration registration(
        final HotTierConfig config, final ServiceEnvironment environment, final ServiceIdentity identity, final Inbox inbox) {
        return new ServiceRegistration(ServiceKind.HOT_TIER, identity.instanceKeyHigh(), identity.instanceKeyLow(), identity.incarnation(),
            environment.channels().driverId(), environment.advertiseHost(), inbox.port(), edge.port(), config.lanes(),
            config.lease().toNanos() / 1_000L);
    }

    /** Says good-bye, if control is there to hear it: else the lease lapses. */
    private void leave() {
        final CompletableFuture<CommandReply> leaving = leaseKeeper == null ? null : leaseKeeper.leave();
        if (leaving != null) {
            leaving.completeOnTimeout(null, LEAVE_TIMEOUT_MS, TimeUnit.MILLISECONDS).exceptionally(ignored -> null).join();
        }
    }

    private <T extends AutoCloseable> T owned(final T resource) {
        resources.push(resource);
        return resource;
    }
}
