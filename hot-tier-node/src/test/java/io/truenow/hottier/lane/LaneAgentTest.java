package io.truenow.hottier.lane;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryPressure;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The rules of the flow from gateways, with a gateway played by hand. */
final class LaneAgentTest {
    private static final long T = 1_795_000_200_000_000L;
    private static final long HOUR_US = 3_600_000_000L;
    private static final long[] NONE = {0, 0};

    private final FakeGateway gateway = new FakeGateway();
    private final MemoryAccountant accountant = new MemoryAccountant(1 << 20);
    private final LaneMemory memory = new LaneMemory(
        new BlockPool(RegionSource.inline(accountant.tag("regions", 1 << 20), 1 << 18), 1 << 18, 4), 42);
    private final LaneExchange exchange = new LaneExchange();
    private final Metrics metrics = ProcessMetrics.local();
    private final LaneCounters counters = LaneCounters.register(metrics, 0);
    private final List<Throwable> errors = new ArrayList<>();
    private Catalog catalog = Catalog.EMPTY;
    private long nowNs = 1;
    private long nowUs = T + HOUR_US;
    private final FakeSealer sealer = new FakeSealer();
    private final MemoryPressure pressure = new MemoryPressure(accountant, accountant.tag("regions", 1 << 20), () -> 0);
    private final LifeContext life = new LifeContext(
        sealer.seals, SegmentPolicy.of(120_000_000L, 1 << 20), pressure, LifeCounters.register(metrics, 0));
    private final LaneAgent lane = new LaneAgent(new LaneContext(
        0, 1, () -> gateway, () -> catalog, memory, exchange, life, counters, () -> nowNs, () -> nowUs, () -> nowUs, errors::add));

    @AfterEach
    void close() {
        lane.onClose();
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void nothingIsOwnedBeforeTheCatalogShowsThisStart() {
        place(5, 1, 0, 10);
        catalog = withNodeIncarnation(0);
        lane.doWork();
        assertFalse(lane.isPlaced());
        assertEquals(0, lane.shardCount());
        place(5, 1, 0, 10);
        lane.doWork();
        assertTrue(lane.isPlaced());
        assertEquals(1, lane.shardCount());
    }

    @Test
    void batchesAreAppliedInSequenceAndAcknowledgedTogether() {
        place(5, 1, 0, 10);
        lane.doWork();
        assertEquals(new FakeGateway.Said(gateway.lastResume().resumeId(), FakeGateway.SHARD_ID, 5, 0, 0), gateway.lastResume());
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        lane.doWork();
        assertEquals(20, counters.rowsApplied().get());
        assertEquals(List.of(new FakeGateway.Said(0, FakeGateway.SHARD_ID, 5, 1, 2)), gateway.applied);
    }

    @Test
    void repeatedBatchIsIgnoredAndAcknowledgedAgain() {
        place(5, 1, 0, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        gateway.send(5, at(1, 2), at(1, 1), 105, 10, T + Spans.SPAN_US);
        gateway.backPressured = true;
        lane.doWork();
        assertEquals(1, counters.batchesRepeated().get());
        assertEquals(15, counters.rowsApplied().get());
        assertEquals(5, counters.rowsRepeated().get());
        assertEquals(5, counters.rowsRepeatedOtherTime().get());
        gateway.backPressured = false;
        lane.doWork();
        lane.doWork();
        assertEquals(List.of(Map.entry(2L, 5)), gateway.repeats);
    }

    @Test
    void gapIsDroppedAndAskedForAgainNotTooOften() {
        place(5, 1, 0, 10);
        lane.doWork();
        final int before = gateway.resumes.size();
        nowNs += LaneAgent.GAP_RESUME_INTERVAL_NS;
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        gateway.send(5, at(1, 3), at(1, 2), 120, 10, T);
        lane.doWork();
        assertEquals(before + 1, gateway.resumes.size());
        assertEquals(1, gateway.lastResume().sequence());
        gateway.send(5, at(1, 4), at(1, 3), 130, 10, T);
        lane.doWork();
        assertEquals(before + 1, gateway.resumes.size());
        nowNs += LaneAgent.GAP_RESUME_INTERVAL_NS;
        lane.doWork();
        assertEquals(before + 2, gateway.resumes.size());
        assertEquals(10, counters.rowsApplied().get());
        assertEquals(2, counters.gaps().get());
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        gateway.send(5, at(1, 3), at(1, 2), 120, 10, T);
        lane.doWork();
        assertEquals(30, counters.rowsApplied().get());
    }

    @Test
    void newImageIsAskedForWhatTheLastOneMayHaveTakenAway() {
        place(5, 1, 0, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        final int before = gateway.resumes.size();
        nowNs += LaneAgent.GAP_RESUME_INTERVAL_NS;
        lane.doWork();
        assertEquals(before, gateway.resumes.size());
        gateway.imagesSeen++;
        lane.doWork();
        assertEquals(before + 1, gateway.resumes.size());
        assertEquals(1, gateway.lastResume().sequence());
    }

    @Test
    void newIncarnationContinuesBehindThePreviousPosition() {
        place(5, 1, 0, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        gateway.send(5, at(2, 1), at(1, 2), 120, 10, T);
        lane.doWork();
        assertEquals(1, counters.gaps().get());
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        gateway.send(5, at(2, 1), at(1, 2), 120, 10, T);
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        lane.doWork();
        assertEquals(30, counters.rowsApplied().get());
        assertEquals(1, counters.batchesRepeated().get());
        assertEquals(2, gateway.applied.getLast().incarnation());
    }

    @Test
    void firstBatchThatTheJournalStillHoldsIsTaken() {
        place(5, 1, 0, 10);
        gateway.send(5, at(3, 17), NONE, 100, 10, T);
        gateway.send(5, at(3, 18), at(3, 17), 110, 10, T);
        lane.doWork();
        assertEquals(20, counters.rowsApplied().get());
    }

    @Test
    void otherEpochIsRefusedAndResumedLater() {
        place(5, 1, 0, 10);
        lane.doWork();
        final int before = gateway.resumes.size();
        gateway.send(4, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(1, counters.epochRefusals().get());
        assertEquals(before, gateway.resumes.size());
        nowNs += 2 * LaneAgent.EPOCH_RESUME_DELAY_NS;
        lane.doWork();
        assertEquals(before + 1, gateway.resumes.size());
        place(6, 1, 0, 10);
        lane.doWork();
        assertEquals(6, gateway.lastResume().epoch());
        gateway.send(6, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(10, counters.rowsApplied().get());
    }

    @Test
    void inSyncOnlyWhenWhatAnOlderGatewaySentBeforeCaughtUpIsApplied() {
        place(5, 1, 0, 10);
        lane.doWork();
        assertEquals(1, lane.shardsCatchingUp());
        gateway.caughtUp(gateway.lastResume().resumeId() - 1, 5, 0, 0);
        lane.doWork();
        assertEquals(1, lane.shardsCatchingUp());
        gateway.caughtUp(gateway.lastResume().resumeId(), 5, 1, 1);
        lane.doWork();
        assertEquals(1, lane.shardsCatchingUp());
        assertFalse(cut().isInSync());
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(0, lane.shardsCatchingUp());
        assertTrue(cut().isInSync());
    }

    @Test
    void gatewayThatCameLaterIsNotWaitedFor() {
        place(5, 1, 20, 10);
        lane.doWork();
        assertEquals(0, lane.shardsCatchingUp());
    }

    @Test
    void connectIsAnsweredWithAllPositionsUnderBackPressureToo() {
        place(5, 1, 0, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        gateway.resumes.clear();
        gateway.applied.clear();
        gateway.backPressured = true;
        gateway.connect();
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        lane.doWork();
        assertTrue(gateway.resumes.isEmpty());
        gateway.backPressured = false;
        lane.doWork();
        assertEquals(2, gateway.lastResume().sequence());
        assertEquals(2, gateway.applied.getLast().sequence());
    }

    @Test
    void silentGatewayIsAskedAgainWhileAShardWaitsForIt() {
        place(5, 1, 0, 10);
        lane.doWork();
        final int before = gateway.resumes.size();
        nowNs += 6_000_000_000L;
        lane.doWork();
        assertEquals(before + 1, gateway.resumes.size());
    }

    @Test
    void damagedMessagesAreCountedAndDropped() {
        place(5, 1, 0, 10);
        gateway.garbage();
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        gateway.damageLast();
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(2, counters.invalidMessages().get());
        assertEquals(2, errors.size());
        assertEquals(10, counters.rowsApplied().get());
    }

    @Test
    void batchWithoutRoomStaysInTheStreamUntilOldSpansAreFreed() {
        place(5, 1, 0, 10);
        int sequence = 0;
        while (counters.roomRefusals().get() == 0) {
            sequence++;
            gateway.send(5, at(1, sequence), sequence == 1 ? NONE : at(1, sequence - 1), sequence * 2_000, 1_000, T);
            lane.doWork();
            assertTrue(sequence < 100, "memory never ran out");
        }
        assertEquals(1, gateway.unread());
        nowNs += 10_000_000L;
        lane.doWork();
        assertEquals(1, gateway.unread());
        nowUs = T + 25 * HOUR_US;
        nowNs += 200_000_000L;
        lane.doWork();
        final Segment retired = exchange.pollRetired();
        assertTrue(retired.retire());
        exchange.release(retired);
        nowNs += 10_000_000L;
        lane.doWork();
        assertEquals(0, gateway.unread());
        assertEquals(1_000, counters.rowsExpired().get());
        assertTrue(cut().availableFromUs() > T);
        assertEquals(T + 1_000, exchange.shards().get(FakeGateway.SHARD_ID).letGoUntilUs(), "until the last of them");
        assertEquals(0, cut().rowsHeld());
    }

    @Test
    void whatIsKeptFromAheadOfTheClockOnGoesBackAndWhatWasLostIsTold() {
        place(5, 1, 20, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(Spans.keptFromUs(nowUs, 24 * HOUR_US), gateway.keptFromUs);
        clock(T + 30 * HOUR_US);
        final long aheadUs = Spans.keptFromUs(T + 30 * HOUR_US, 24 * HOUR_US);
        assertEquals(aheadUs, cut().availableFromUs());
        assertEquals(aheadUs, gateway.keptFromUs, "gateways refuse what the lane would drop");
        assertEquals(0, cut().rowsHeld());
        clock(T + 2 * HOUR_US);
        final long rightUs = Spans.keptFromUs(T + 2 * HOUR_US, 24 * HOUR_US);
        assertEquals(rightUs, cut().availableFromUs());
        assertEquals(rightUs, gateway.keptFromUs);
        assertEquals(MissingRanges.NONE.with(rightUs, T + 10), cut().missing());
        gateway.send(5, at(1, 2), at(1, 1), 200, 10, T + 2 * HOUR_US);
        lane.doWork();
        assertEquals(10, cut().rowsHeld());
        assertEquals(0, counters.rowsExpired().get());
        clock(T + 27 * HOUR_US);
        assertEquals(MissingRanges.NONE, cut().missing(), "nobody may ask for that any more");
        clock(T + 20 * HOUR_US);
        assertEquals(Spans.keptFromUs(T + 27 * HOUR_US, 24 * HOUR_US), gateway.keptFromUs, "not ahead of the clock: it stays");
        clock(T + 60 * HOUR_US);
    }

    @Test
    void tableThatWasCreatedAheadOfTheClockHidesNothingThatGrewOld() {
        nowUs = T - 30 * HOUR_US;
        place(5, 1, 20, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, nowUs);
        lane.doWork();
        clock(T - 5 * HOUR_US);
        assertEquals(0, cut().rowsHeld());
        assertEquals(Spans.keptFromUs(nowUs, 24 * HOUR_US), cut().availableFromUs(), "by its time of creation all would be available");
    }

    /** The clock shows another time when the lane goes round its shards. */
    private void clock(final long timeUs) {
        nowUs = timeUs;
        nowNs += 200_000_000L;
        lane.doWork();
        for (Segment retired = exchange.pollRetired(); retired != null; retired = exchange.pollRetired()) {
            assertTrue(retired.retire());
            exchange.release(retired);
        }
        lane.doWork();
    }

    @Test
    void shardThatLeavesTakesItsRowsWithIt() {
        place(5, 1, 20, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        final ShardStore store = exchange.shards().get(FakeGateway.SHARD_ID);
        assertTrue(cut().isInSync());
        place(6, 9, 0, 10);
        lane.doWork();
        final ShardCut late = new ShardCut();
        assertTrue(late.take(store));
        assertFalse(late.isInSync(), "a query that looked the store up before would answer from nothing");
        assertEquals(0, lane.shardCount());
        assertNull(exchange.shards().get(FakeGateway.SHARD_ID));
        final Segment retired = exchange.pollRetired();
        assertTrue(retired.retire());
        exchange.release(retired);
        lane.doWork();
        assertEquals(0, memory.values().size());
    }

    @Test
    void shardMadeWhileTheNodeLivesWaitsForNoGateway() {
        place(1, 1, 0, 10);
        lane.doWork();
        assertTrue(cut().isInSync());
        assertEquals(0, lane.shardsCatchingUp());
    }

    @Test
    void shardOfAnotherCatalogStartsEmpty() {
        place(5, 1, 0, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertEquals(10, cut().rowsHeld());
        catalog = new Catalog(7, 7, 1, catalog.namespaces(), catalog.tables(), catalog.shards(), catalog.services());
        lane.doWork();
        assertEquals(0, cut().rowsHeld());
        assertEquals(1, lane.shardsCatchingUp());
        gateway.connected = true;
        lane.doWork();
        assertEquals(0, gateway.lastResume().sequence());
    }

    @Test
    void aTurnCountsWhatItDid() {
        assertEquals(0, lane.doWork());
        place(5, 1, 0, 10);
        assertTrue(lane.doWork() > 0, "placed and asked for");
        assertEquals(0, lane.doWork());
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        assertTrue(lane.doWork() > 0);
        assertEquals(0, lane.doWork());
        gateway.backPressured = true;
        gateway.connect();
        assertTrue(lane.doWork() > 0, "heard");
        assertEquals(0, lane.doWork(), "nothing could be said");
        gateway.backPressured = false;
        assertEquals(1, lane.doWork(), "said");
        assertEquals(0, lane.doWork());
    }

    @Test
    void gatewayThatSaysAnythingIsNotAskedAgainForBeingSilent() {
        place(5, 1, 0, 10);
        lane.doWork();
        final List<Runnable> words = List.of(
            () -> gateway.send(5, at(1, 1), NONE, 100, 10, T),
            () -> gateway.caughtUp(0, 5, 1, 1),
            () -> gateway.send(5, at(1, 1), NONE, 100, 10, T));
        for (final Runnable word : words) {
            gateway.resumes.clear();
            word.run();
            lane.doWork();
            nowNs += 3_000_000_000L;
            lane.doWork();
            assertEquals(List.of(), gateway.resumes);
        }
        nowNs += 3_000_000_000L;
        lane.doWork();
        assertEquals(1, gateway.resumes.size(), "it still waits to be told that it has caught up");
    }

    @Test
    void whoseCatalogItIsStandsBesideTheRows() {
        place(5, 1, 0, 10);
        for (final long[] id : new long[][] {{5, 6}, {5, 7}, {8, 7}}) {
            catalog = new Catalog(id[0], id[1], 2, new TreeMap<>(), new TreeMap<>(catalog.tables()), new TreeMap<>(catalog.shards()),
                new TreeMap<>(catalog.services()));
            lane.doWork();
            assertEquals(id[0], memory.meta().catalogIdHigh());
            assertEquals(id[1], memory.meta().catalogIdLow());
            assertEquals(1, lane.shardCount());
        }
    }

    @Test
    void theEndClosesTheWaysToGateways() {
        place(5, 1, 0, 10);
        lane.doWork();
        lane.onClose();
        assertFalse(gateway.connected);
    }

    @Test
    void moreShardsThanAMessageHoldsAreAllAskedForOnce() {
        place(5, 1, 0, 10);
        final int shardCount = 1_200;
        final TreeMap<Integer, Shard> shards = new TreeMap<>();
        for (int id = FakeGateway.SHARD_ID; id < FakeGateway.SHARD_ID + shardCount; id++) {
            shards.put(id, new Shard(id, FakeGateway.TABLE_ID, 0, 5, List.of(new Owner(FakeGateway.NODE_ID, 0, OwnerState.ACTIVE))));
        }
        catalog = new Catalog(2, new TreeMap<>(), new TreeMap<>(catalog.tables()), shards, new TreeMap<>(catalog.services()));
        for (int life = 0; life < 2; life++) {
            gateway.resumes.clear();
            for (int turn = 0; turn < 5; turn++) {
                lane.doWork();
            }
            assertEquals(shardCount, gateway.resumes.size());
            assertEquals(shardCount, gateway.resumes.stream().map(FakeGateway.Said::shardId).distinct().count());
            assertEquals(2, gateway.resumes.stream().map(FakeGateway.Said::resumeId).distinct().count());
            gateway.connect();
        }
        assertEquals(shardCount, lane.shardCount());
    }

    private ShardCut cut() {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(exchange.shards().get(FakeGateway.SHARD_ID)));
        return cut;
    }

    private static long[] at(final long incarnation, final long sequence) {
        return new long[]{incarnation, sequence};
    }

    /** The shard at an epoch on lane 0 of a node; when the gateway was created and this start of the node registered. */
    private void place(final long epoch, final int owner, final long gatewayCreated, final long nodeRegistered) {
        catalog = catalog(epoch, owner == 1 ? FakeGateway.NODE_ID : owner, 1, gatewayCreated, nodeRegistered);
    }

    private Catalog withNodeIncarnation(final long incarnation) {
        return catalog(5, FakeGateway.NODE_ID, incarnation, 0, 10);
    }

    private static Catalog catalog(
        final long epoch, final int ownerId, final long nodeIncarnation, final long gatewayCreated, final long nodeRegistered) {
        final TreeMap<Integer, Table> tables = new TreeMap<>();
        tables.put(FakeGateway.TABLE_ID, FakeGateway.table(T, EventIdentity.ID));
        final TreeMap<Integer, Shard> shards = new TreeMap<>();
        shards.put(FakeGateway.SHARD_ID, new Shard(FakeGateway.SHARD_ID, FakeGateway.TABLE_ID, 0, epoch,
            List.of(new Owner(ownerId, 0, OwnerState.ACTIVE))));
        final TreeMap<Integer, ServiceInstance> services = new TreeMap<>();
        services.put(FakeGateway.GATEWAY_ID, new ServiceInstance(
            FakeGateway.GATEWAY_ID, ServiceKind.GATEWAY, 1, 1, "h", 1, 1, 0, ServiceState.ACTIVE, gatewayCreated, gatewayCreated));
        services.put(FakeGateway.NODE_ID, new ServiceInstance(FakeGateway.NODE_ID, ServiceKind.HOT_TIER, nodeIncarnation, 1, "h", 2, 2, 1,
            ServiceState.ACTIVE, 1, nodeRegistered));
        return new Catalog(1, new TreeMap<>(), tables, shards, services);
    }
}
