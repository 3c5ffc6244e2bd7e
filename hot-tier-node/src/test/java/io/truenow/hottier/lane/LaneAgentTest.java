package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.Spans;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The rules of the flow from gateways, with a gateway played by hand. */
final class LaneAgentTest extends LaneFixture {
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
    void theEndClosesTheWaysToGateways() {
        place(5, 1, 0, 10);
        lane.doWork();
        lane.onClose();
        assertFalse(gateway.connected);
    }
}
