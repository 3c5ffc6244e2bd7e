package io.truenow.hottier.lane;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.hottier.shard.ShardOwnership;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a shard keeps and has, as time goes on, jumps ahead and comes back. */
final class LaneShardTest {
    private static final ShardOwnership OWNED = new ShardOwnership(true, false, false, false, 0);
    private static final long SPAN_US = Spans.SPAN_US;
    private static final long RETENTION_US = 24 * 3_600_000_000L;
    /** Start of a span. */
    private static final long T = 1_795_000_200_000_000L;
    /** From when on rows are kept at T. */
    private static final long KEPT_US = T - RETENTION_US - SPAN_US;
    private static final long LONG_AGO_US = T - 10 * RETENTION_US;

    private final MemoryAccountant accountant = new MemoryAccountant(1 << 20);
    private final LaneMemory memory = new LaneMemory(
        new BlockPool(RegionSource.inline(accountant.tag("regions", 1 << 20), 1 << 18), 1 << 18, 4), 42);
    private final ShardStore store = new ShardStore(memory, 7, 3);
    private final LaneShard shard = new LaneShard(store);

    @AfterEach
    void close() {
        store.takeOlderThan(Long.MAX_VALUE);
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void goesByTheLastPlacement() {
        final Table table = table(LONG_AGO_US);
        shard.onTable(table);
        assertTrue(shard.onOwnership(OWNED, 5));
        shard.onTable(table);
        assertFalse(shard.onOwnership(OWNED, 5));
        final Table wider = table(LONG_AGO_US);
        shard.onTable(wider);
        assertFalse(shard.onOwnership(OWNED, 5));
        assertSame(wider, shard.table());
        shard.onTable(wider);
        assertTrue(shard.onOwnership(OWNED, 6));
        assertEquals(6, shard.epoch());
        assertEquals(7, shard.shardId());
        shard.publish();
        assertEquals(6, store.epoch());
    }

    @Test
    void whatIsKeptMovesWithTimeAndNeverBack() {
        created(LONG_AGO_US);
        assertFalse(shard.takeKeptFromMoved());
        time(T);
        assertEquals(KEPT_US, shard.keptFromUs());
        assertEquals(KEPT_US, available());
        assertTrue(shard.takeKeptFromMoved());
        assertFalse(shard.takeKeptFromMoved(), "gateways have been told");
        time(T + SPAN_US - 1);
        assertFalse(shard.takeKeptFromMoved());
        time(T + SPAN_US);
        assertEquals(KEPT_US + SPAN_US, shard.keptFromUs());
        assertTrue(shard.takeKeptFromMoved());
        time(T - RETENTION_US / 2);
        assertEquals(KEPT_US + SPAN_US, shard.keptFromUs(), "gateways have been told that older rows are not taken");
        assertFalse(shard.takeRecovered());
        assertFalse(shard.takeKeptFromMoved());
    }

    @Test
    void whatAnEarlierLifeOfTheNodeHasLetGoStaysGone() {
        store.publishState(4, true, T - SPAN_US);
        final LaneShard next = new LaneShard(store);
        next.onTable(table(LONG_AGO_US));
        next.onOwnership(OWNED, 5);
        assertEquals(T - SPAN_US, next.keptFromUs());
        next.publish();
        assertEquals(T - SPAN_US, store.availableFromUs());
        next.onTime(T);
        assertEquals(T - SPAN_US, next.keptFromUs());
        assertFalse(next.takeKeptFromMoved());
    }

    @Test
    void allIsAvailableWhereTheTableIsTooYoungForOlderRows() {
        created(KEPT_US + RETENTION_US);
        time(T);
        assertEquals(KEPT_US, shard.keptFromUs());
        assertEquals(Long.MIN_VALUE, available(), "its first event can be as old as what is kept, not older");
        created(KEPT_US + RETENTION_US - 1);
        time(T);
        assertEquals(KEPT_US, available());
    }

    @Test
    void tableThatWasCreatedLaterThanNowSaysNothing() {
        created(T + SPAN_US);
        time(T);
        assertEquals(Long.MIN_VALUE, available(), "clocks may differ by so much");
        created(T + SPAN_US + 1);
        time(T);
        assertEquals(KEPT_US, available());
    }

    @Test
    void goesBackOnlyWhereNoRowOfNowWouldBeTaken() {
        created(LONG_AGO_US);
        time(T);
        shard.takeKeptFromMoved();
        final long lastUs = KEPT_US - Spans.AHEAD_US;
        time(lastUs);
        assertEquals(KEPT_US, shard.keptFromUs(), "a row so far ahead of the clock is still taken");
        assertFalse(shard.takeRecovered());
        time(lastUs - 1);
        final long backUs = Spans.keptFromUs(lastUs - 1, RETENTION_US);
        assertEquals(backUs, shard.keptFromUs());
        assertEquals(backUs, available());
        assertTrue(shard.takeKeptFromMoved());
        assertTrue(shard.takeRecovered());
        assertFalse(shard.takeRecovered(), "that is being kept");
        assertEquals(MissingRanges.NONE, store.missing(), "nothing had been let go");
    }

    @Test
    void rowsThatWereLetGoByAWrongClockAreToldMissing() {
        final long nowUs = KEPT_US - 3 * SPAN_US - 17;
        final long backUs = Spans.keptFromUs(nowUs, RETENTION_US);
        assertEquals(MissingRanges.NONE, missingAfter(backUs, nowUs), "these would be gone today too");
        assertEquals(MissingRanges.NONE.with(backUs, backUs + 1), missingAfter(backUs + 1, nowUs));
        assertEquals(MissingRanges.NONE.with(backUs, nowUs - 1), missingAfter(nowUs - 1, nowUs));
    }

    /** Rows of the wrong clock may be ahead of the right one, in the span of now too. */
    @Test
    void allThatHadComeIsMissingAndNothingLater() {
        final long nowUs = KEPT_US - 3 * SPAN_US - 17;
        final long backUs = Spans.keptFromUs(nowUs, RETENTION_US);
        final long spanUs = Spans.floor(nowUs);
        created(LONG_AGO_US);
        time(T);
        store.add(new FakeFile(store.newUid(), spanUs, 10, 1_234));
        store.add(new FakeFile(store.newUid(), spanUs, 10, 77));
        shard.letGoBefore(KEPT_US, T);
        store.takeOlderThan(KEPT_US);
        assertEquals(spanUs + 1_235, store.letGoUntilUs());
        time(nowUs);
        assertEquals(MissingRanges.NONE.with(backUs, spanUs + 1_235), store.missing());
        assertEquals(MissingRanges.NONE.with(backUs, nowUs + 1), missingAfter(nowUs + 1, nowUs));
        assertEquals(MissingRanges.NONE.with(backUs, nowUs + SPAN_US), missingAfter(nowUs + SPAN_US, nowUs));
    }

    /** Of a shard that let go until a time while its clock was at T, and whose clock then came back. */
    private MissingRanges missingAfter(final long letGoUntilUs, final long nowUs) {
        final ShardStore another = new ShardStore(memory, 8, 3);
        final LaneShard recovered = new LaneShard(another);
        recovered.onTable(table(LONG_AGO_US));
        recovered.onOwnership(OWNED, 5);
        recovered.onTime(T);
        another.letGoUntil(letGoUntilUs);
        recovered.onTime(nowUs);
        assertTrue(recovered.takeRecovered());
        return another.missing();
    }

    @Test
    void nothingIsRecoveredWhereAllWasAvailable() {
        created(T);
        time(T);
        assertEquals(Long.MIN_VALUE, available());
        store.letGoUntil(KEPT_US);
        time(KEPT_US - 2 * SPAN_US);
        assertEquals(Spans.keptFromUs(KEPT_US - 2 * SPAN_US, RETENTION_US), shard.keptFromUs());
        assertFalse(shard.takeRecovered());
        assertEquals(MissingRanges.NONE, store.missing());
    }

    @Test
    void rowsThatAreLetGoAreUnavailableUpToTheLastSpanThatHadSome() {
        created(LONG_AGO_US);
        time(T);
        shard.takeKeptFromMoved();
        file(T - 9 * SPAN_US);
        file(T - 8 * SPAN_US);
        file(T - 5 * SPAN_US);
        shard.letGoBefore(T - 5 * SPAN_US, T);
        assertEquals(T - 7 * SPAN_US, store.letGoUntilUs(), "the span that begins then stays, and before it there was none");
        assertEquals(T - 5 * SPAN_US, shard.keptFromUs());
        assertEquals(T - 5 * SPAN_US, available());
        assertTrue(shard.takeKeptFromMoved());
        assertEquals(MissingRanges.NONE, store.missing(), "what is not available is not missing");
        shard.letGoBefore(T - 8 * SPAN_US, T);
        assertEquals(T - 7 * SPAN_US, store.letGoUntilUs());
        assertEquals(T - 5 * SPAN_US, shard.keptFromUs());
        assertEquals(T - 5 * SPAN_US, available());
        assertFalse(shard.takeKeptFromMoved());
    }

    @Test
    void nothingWasLetGoWhereThereWasNothing() {
        created(LONG_AGO_US);
        time(T);
        file(T - SPAN_US);
        shard.letGoBefore(T - SPAN_US, T);
        assertEquals(Long.MIN_VALUE, store.letGoUntilUs());
        assertEquals(T - SPAN_US, available());
    }

    @Test
    void spanAheadOfTheClockIsToldMissingSoThatRowsOfNowAreTaken() {
        created(LONG_AGO_US);
        time(T);
        shard.takeKeptFromMoved();
        store.add(new FakeFile(store.newUid(), T, 10, 99));
        final long endUs = T + SPAN_US;
        shard.letGoBefore(endUs, endUs - 1);
        assertEquals(MissingRanges.NONE.with(T, T + 100), store.missing());
        assertEquals(KEPT_US, shard.keptFromUs());
        assertEquals(KEPT_US, available());
        assertEquals(Long.MIN_VALUE, store.letGoUntilUs());
        assertFalse(shard.takeKeptFromMoved());
        shard.letGoBefore(endUs, endUs);
        assertEquals(endUs, shard.keptFromUs(), "not ahead of the clock");
        assertEquals(endUs, available());
        assertEquals(T + 100, store.letGoUntilUs());
    }

    /** They go as what is kept has passed over them, though by now that is a little ahead of the clock. */
    @Test
    void rowsThatGrewOldByAClockThatIsOnItsWayBackAreToldMissingToo() {
        created(LONG_AGO_US);
        time(T);
        file(KEPT_US - 5 * SPAN_US);
        file(KEPT_US - 2 * SPAN_US);
        final long onItsWayUs = KEPT_US - Spans.AHEAD_US / 2;
        time(onItsWayUs);
        shard.letGoBefore(KEPT_US, onItsWayUs);
        store.takeOlderThan(KEPT_US);
        assertEquals(KEPT_US - SPAN_US, store.letGoUntilUs());
        assertEquals(KEPT_US, available());
        final long nowUs = KEPT_US - 4 * SPAN_US;
        time(nowUs);
        final long backUs = Spans.keptFromUs(nowUs, RETENTION_US);
        assertEquals(backUs, available());
        assertEquals(MissingRanges.NONE.with(backUs, KEPT_US - SPAN_US), store.missing());
    }

    @Test
    void whatWasMissingIsMissingAgainWhenWhatIsKeptGoesBack() {
        created(LONG_AGO_US);
        final long nowUs = KEPT_US - 4 * SPAN_US;
        final long backUs = Spans.keptFromUs(nowUs, RETENTION_US);
        time(nowUs);
        final MissingRanges lost = MissingRanges.NONE
            .with(nowUs - 4 * SPAN_US, nowUs - 3 * SPAN_US).with(nowUs - 2 * SPAN_US, nowUs - SPAN_US);
        final MissingRanges later = MissingRanges.NONE.with(KEPT_US - SPAN_US, KEPT_US + 1);
        store.publishMissing(lost.with(later.startUs(0), later.endUs(0)));
        shard.letGoMissing();
        assertEquals(3, store.missing().size(), "all of it is kept");
        assertEquals(Long.MIN_VALUE, store.letGoUntilUs());
        time(T);
        shard.letGoMissing();
        assertEquals(later, store.missing(), "nobody may ask for the others now");
        shard.letGoMissing();
        assertEquals(later, store.missing());
        time(nowUs);
        assertEquals(backUs, available());
        assertEquals(later.with(backUs, nowUs - SPAN_US), store.missing(), "from when on is not known any more");
    }

    @Test
    void rowsThatGrewOldOnTheWayAreUnavailable() {
        created(LONG_AGO_US);
        time(T);
        shard.onExpired(KEPT_US + SPAN_US, KEPT_US + 5);
        assertEquals(KEPT_US + SPAN_US, available());
        assertEquals(KEPT_US + 5, store.letGoUntilUs());
        assertEquals(KEPT_US, shard.keptFromUs(), "by this clock later ones are taken");
        shard.onExpired(KEPT_US, KEPT_US - 1);
        assertEquals(KEPT_US + SPAN_US, available());
        assertEquals(KEPT_US + 5, store.letGoUntilUs());
    }

    @Test
    void isInSyncWhenEveryFlowIsAndStaysSo() {
        created(LONG_AGO_US);
        final Flow first = awaited(4);
        final Flow second = awaited(5);
        shard.publish();
        assertFalse(shard.role().answers());
        second.isAwaited = false;
        shard.publish();
        assertFalse(shard.role().answers(), "one is not enough");
        assertFalse(store.isInSync());
        first.isAwaited = false;
        shard.publish();
        assertTrue(shard.role().answers());
        assertTrue(store.isInSync());
        awaited(6);
        shard.publish();
        assertTrue(shard.role().answers(), "what comes later is told by positions");
        assertTrue(store.isInSync());
        assertSame(first, shard.flow(4));
        assertSame(second, shard.flow(5));
        assertNull(shard.flow(7));
        shard.onOwnership(ShardOwnership.NONE, 0);
        shard.publish();
        assertFalse(shard.role().answers());
        assertFalse(store.isInSync());
    }

    @Test
    void shardThatLeavesSaysTheRestAsBefore() {
        created(LONG_AGO_US);
        time(T);
        shard.onOwnership(ShardOwnership.NONE, 0);
        shard.publish();
        assertEquals(5, store.epoch());
        assertEquals(KEPT_US, store.availableFromUs());
    }

    @Test
    void doubtsAreSettledOnceWhenAllIsThere() {
        created(LONG_AGO_US);
        time(T - SPAN_US);
        assertFalse(shard.takeSettled(), "there were none");
        final ShardStore doubted = new ShardStore(memory, 8, 3);
        final LaneShard fedAgain = new LaneShard(doubted);
        fedAgain.onOwnership(OWNED, 5);
        doubted.doubt(T, 10);
        final Flow flow = new Flow(fedAgain, 4);
        flow.isAwaited = true;
        fedAgain.flows.add(flow);
        fedAgain.publish();
        assertFalse(fedAgain.takeSettled(), "the journals may still bring them");
        assertEquals(MissingRanges.NONE, doubted.missing());
        flow.isAwaited = false;
        fedAgain.publish();
        assertEquals(MissingRanges.NONE.with(T, T + SPAN_US), doubted.missing(), "known before a query is answered");
        assertTrue(doubted.isInSync());
        fedAgain.publish();
        assertTrue(fedAgain.takeSettled());
        assertFalse(fedAgain.takeSettled());
    }

    @Test
    void restsUntilItsSegmentsChange() {
        assertEquals(-1, shard.restingSince());
        file(T);
        assertTrue(shard.restingSince() != store.changes());
        shard.rest();
        assertEquals(store.changes(), shard.restingSince());
        file(T + SPAN_US);
        assertTrue(shard.restingSince() != store.changes());
    }

    private Flow awaited(final int gatewayId) {
        final Flow flow = new Flow(shard, gatewayId);
        flow.isAwaited = true;
        shard.flows.add(flow);
        return flow;
    }

    private void file(final long spanStartUs) {
        store.add(new FakeFile(store.newUid(), spanStartUs, 10));
    }

    private void created(final long createdUs) {
        shard.onTable(table(createdUs));
        shard.onOwnership(OWNED, 5);
    }

    private void time(final long ageUs) {
        shard.onTime(ageUs);
        shard.publish();
    }

    /** As queries are told. */
    private long available() {
        shard.publish();
        return store.availableFromUs();
    }

    private static Table table(final long createdUs) {
        return new Table(3, 1, "n", "t", createdUs, TableProperties.open(RETENTION_US), 1, 2, 1, 1, EventIdentity.ID,
            List.of("d"), List.of("m"), List.of(7));
    }
}
