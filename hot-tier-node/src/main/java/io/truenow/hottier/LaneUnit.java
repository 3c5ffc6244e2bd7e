package io.truenow.hottier;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.recovery.LaneStart;
import io.truenow.engine.store.recovery.SealedFiles;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.control.Lease;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.hottier.lane.LaneAgent;
import io.truenow.hottier.lane.LaneContext;
import io.truenow.hottier.lane.LaneCounters;
import io.truenow.hottier.lane.LaneExchange;
import io.truenow.hottier.lane.LaneTransport;
import io.truenow.hottier.lane.LifeContext;
import io.truenow.hottier.lane.LifeCounters;
import io.truenow.hottier.lane.SegmentPolicy;
import io.truenow.hottier.query.QueryAgent;
import io.truenow.hottier.query.QueryContext;
import io.truenow.hottier.query.QueryCounters;
import io.truenow.hottier.query.QueryTransport;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A lane with its memory, its query agent and what joins them. Made and closed by the launching thread, closed when its agents have ended.
 */
final class LaneUnit implements AutoCloseable {
    /** Spans are sealed early where the rows of a lane that are not in files hold more than one part of so many of its budget. */
    private static final int EARLY_PART = 8;

    final int lane;
    final LaneExchange exchange;
    final SealExchange seals = new SealExchange();
    final LaneAgent laneAgent;
    final QueryAgent queryAgent;
    final AtomicReference<LaneTransport> ingestStream = new AtomicReference<>();
    final AtomicReference<QueryTransport> queryStream = new AtomicReference<>();
    private final SealedFiles sealedFiles;
    private final LaneMemory memory;
    private final LaneScans scans;

    LaneUnit(
        final int lane, final HotTierConfig config, final NodeMemory nodeMemory, final ServiceIdentity identity,
        final RetentionClock ageClock, final Lease lease, final ServiceEnvironment environment) {
        this.lane = lane;
        exchange = new LaneExchange(environment.scheduler().doorbell(HotTierNode.QUERY_AGENT));
        final Path sealed = identity.directory().resolve(SealedDirectory.NAME);
        sealedFiles = new SealedFiles(
            DiskFiles.INSTANCE, new SealedDirectory(DiskFiles.INSTANCE, sealed, nodeMemory.sealed()), sealed, lane);
        memory = LaneStart.open(nodeMemory, lane, identity, sealedFiles);
        final LaneCounters laneCounters = LaneCounters.register(environment.metrics(), lane);
        final SegmentPolicy policy = SegmentPolicy.of(
            config.sealAfter().toNanos() / 1_000, config.memoryBudget().bytes() / (EARLY_PART * config.lanes()));
        final LifeContext life = new LifeContext(
            seals, policy, nodeMemory.pressure(), LifeCounters.register(environment.metrics(), lane));
        laneAgent = new LaneAgent(new LaneContext(
            lane, identity.incarnation(), ingestStream::get, environment.catalogView(), lease, memory, exchange, life, laneCounters,
            environment.clocks().process(), environment.clocks().wall(), ageClock, environment.errors()));
        scans = new LaneScans(lane, nodeMemory, config.cubeLimits(), memory.values(), environment.metrics());
        queryAgent = new QueryAgent(new QueryContext(
            lane, queryStream::get, environment.catalogView(), memory, exchange, laneAgent, laneCounters,
            QueryCounters.register(environment.metrics(), lane), scans.tools(), environment.clocks().process(),
            environment.errors()));
        register(environment.metrics());
    }

    LaneMemory memory() {
        return memory;
    }

    StateFile state() {
        return sealedFiles.state();
    }

    @Override
    public void close() {
        scans.close();
        exchange.shardList().forEach(ShardStore::closeFiles);
        memory.recovered().values().forEach(ShardStore::closeFiles);
        memory.close();
    }

    private void register(final Metrics metrics) {
        final String name = Integer.toString(lane);
        for (final BlockUse use : memory.pool().uses()) {
            metrics.gauge(
                "truenow_hot_tier_block_bytes", "Bytes of blocks held, by purpose", use::usedBytes, "lane", name, "use", use.name());
        }
        metrics.gauge("truenow_hot_tier_segments", "Segments by state",
            () -> laneAgent.lifeStatus().open(), "lane", name, "state", "open");
        metrics.gauge("truenow_hot_tier_segments", "Segments by state",
            () -> laneAgent.lifeStatus().frozen(), "lane", name, "state", "frozen");
        metrics.gauge("truenow_hot_tier_segments", "Segments by state",
            () -> laneAgent.lifeStatus().sealed(), "lane", name, "state", "sealed");
        metrics.gauge("truenow_hot_tier_rows", "Rows held", () -> laneAgent.lifeStatus().memoryRows(), "lane", name, "in", "memory");
        metrics.gauge("truenow_hot_tier_rows", "Rows held", () -> laneAgent.lifeStatus().sealedRows(), "lane", name, "in", "files");
        metrics.gauge("truenow_hot_tier_sealed_bytes", "Bytes of files of sealed segments",
            () -> laneAgent.lifeStatus().sealedBytes(), "lane", name);
        metrics.gauge("truenow_hot_tier_seal_tasks_waiting", "Tasks that wait for the sealer agent", seals::tasksWaiting, "lane", name);
        metrics.gauge("truenow_hot_tier_shards", "Shards owned", laneAgent::shardCount, "lane", name);
        metrics.gauge(
            "truenow_hot_tier_shards_catching_up", "Shards that may not answer queries yet", laneAgent::shardsCatchingUp, "lane", name);
    }
}
