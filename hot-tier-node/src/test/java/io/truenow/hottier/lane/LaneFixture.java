package io.truenow.hottier.lane;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryPressure;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.AfterEach;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A lane with a gateway by hand, a sealer by hand, and a catalog that a test places its shard in. */
abstract class LaneFixture {
    static final long T = 1_795_000_200_000_000L;
    static final long HOUR_US = 3_600_000_000L;
    static final long[] NONE = {0, 0};

    final FakeGateway gateway = new FakeGateway();
    final MemoryAccountant accountant = new MemoryAccountant(1 << 20);
    final LaneMemory memory = new LaneMemory(
        new BlockPool(RegionSource.inline(accountant.tag("regions", 1 << 20), 1 << 18), 1 << 18, 4), 42);
    final LaneExchange exchange = new LaneExchange();
    final Metrics metrics = ProcessMetrics.local();
    final LaneCounters counters = LaneCounters.register(metrics, 0);
    final List<Throwable> errors = new ArrayList<>();
    Catalog catalog = Catalog.EMPTY;
    boolean isLeaseHeld = true;
    long nowNs = 1;
    long nowUs = T + HOUR_US;
    final FakeSealer sealer = new FakeSealer();
    final MemoryPressure pressure = new MemoryPressure(accountant, accountant.tag("regions", 1 << 20), () -> 0);
    final LifeContext life = new LifeContext(
        sealer.seals, SegmentPolicy.of(120_000_000L, 1 << 20), pressure, LifeCounters.register(metrics, 0));
    final LaneAgent lane = new LaneAgent(new LaneContext(
        0, 1, () -> gateway, () -> catalog, (_, _) -> isLeaseHeld, memory, exchange, life, counters, () -> nowNs, () -> nowUs, () -> nowUs,
        errors::add));

    @AfterEach
    void close() {
        lane.onClose();
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    void assertRetiredIsFreed() {
        final Segment retired = exchange.pollRetired();
        assertTrue(retired.retire());
        exchange.release(retired);
        lane.doWork();
        assertEquals(0, memory.values().size());
    }

    ShardCut cut() {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(exchange.shards().get(FakeGateway.SHARD_ID)));
        return cut;
    }

    static long[] at(final long incarnation, final long sequence) {
        return new long[]{incarnation, sequence};
    }

    /** The shard at an epoch on lane 0 of a node; when the gateway was created and this start of the node registered. */
    void place(final long epoch, final int owner, final long gatewayCreated, final long nodeRegistered) {
        catalog = catalog(epoch, owner == 1 ? FakeGateway.NODE_ID : owner, 1, gatewayCreated, nodeRegistered);
    }

    void placeWithTenRows() {
        place(5, 1, 0, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(10, cut().rowsHeld());
    }

    /** The shard with these owners, at the next version of the catalog. */
    void own(final long epoch, final Owner... owners) {
        catalog = catalog.change().put(new Shard(FakeGateway.SHARD_ID, FakeGateway.TABLE_ID, 0, epoch, List.of(owners)))
            .build(catalog.version() + 1);
    }

    Catalog withNodeIncarnation(final long incarnation) {
        return catalog(5, FakeGateway.NODE_ID, incarnation, 0, 10);
    }

    static Catalog catalog(
        final long epoch, final int ownerId, final long nodeIncarnation, final long gatewayCreated, final long nodeRegistered) {
        final Shard shard = FakeGateway.shard(epoch, ownerId);
        return FakeGateway.catalog(FakeGateway.table(T, EventIdentity.ID), shard, gatewayCreated, nodeIncarnation, nodeRegistered).build(1);
    }
}
