package io.truenow.hottier.lane;

import io.truenow.engine.store.shard.ShardVector;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FlowTest {
    private static final int GATEWAY_ID = 4;
    private static final long INTERVAL_NS = 100;

    private final Flow flow = new Flow(null, GATEWAY_ID);

    @Test
    void beginsWhereTheShardIs() {
        flow.startAt(new ShardVector(new int[] {3, GATEWAY_ID}, new long[] {9, 2}, new long[] {9, 7}, 2));
        assertEquals(2, flow.incarnation);
        assertEquals(7, flow.sequence);
        final Flow other = new Flow(null, 5);
        other.startAt(new ShardVector(new int[] {3, GATEWAY_ID}, new long[] {9, 2}, new long[] {9, 7}, 2));
        assertEquals(0, other.incarnation, "the shard has nothing of that gateway");
        assertEquals(0, other.sequence);
    }

    @Test
    void nextIsWhatFollowsOrTheFirstThatIsHeld() {
        flow.onApplied(2, 7);
        assertTrue(flow.isNext(2, 7));
        assertFalse(flow.isNext(2, 6));
        assertFalse(flow.isNext(1, 7));
        assertFalse(flow.isNext(0, 7));
        assertFalse(flow.isNext(2, 0));
        assertTrue(flow.isNext(0, 0), "the journal holds none before it");
        assertTrue(flow.hasReached(2, 7));
        assertTrue(flow.hasReached(1, 100));
        assertFalse(flow.hasReached(2, 8));
        assertFalse(flow.hasReached(3, 1));
    }

    @Test
    void isInSyncOnceItHasWhatWasSentInAnswerToItsOwnResume() {
        assertTrue(flow.isInSync(), "a gateway that came after the node is not waited for");
        flow.isAwaited = true;
        assertFalse(flow.isInSync());
        flow.onCaughtUp(50, 0, 0);
        assertFalse(flow.isInSync(), "it has asked for nothing yet");
        flow.onResumeSent(60, 1);
        flow.onCaughtUp(59, 0, 0);
        assertFalse(flow.isInSync(), "an answer to an earlier life");
        flow.onCaughtUp(60, 2, 3);
        assertFalse(flow.isInSync());
        flow.onApplied(2, 2);
        assertFalse(flow.isInSync());
        flow.onApplied(2, 3);
        assertTrue(flow.isInSync());
        flow.onCaughtUp(60, 2, 9);
        assertTrue(flow.isInSync(), "once is enough");
    }

    @Test
    void anAnswerToALaterResumeCountsToo() {
        flow.isAwaited = true;
        flow.onApplied(2, 3);
        flow.onResumeSent(60, 1);
        flow.onResumeSent(70, 2);
        flow.onCaughtUp(60, 2, 3);
        assertTrue(flow.isInSync(), "what was applied before the target was known");
        final Flow other = new Flow(null, GATEWAY_ID);
        other.isAwaited = true;
        other.onResumeSent(60, 1);
        other.onResumeSent(70, 2);
        other.onCaughtUp(70, 0, 0);
        assertTrue(other.isInSync());
    }

    @Test
    void asksForAResumeWhenItIsDueButNotTooOften() {
        assertFalse(flow.isResumeWanted());
        assertFalse(flow.isResumeDue(Long.MAX_VALUE));
        flow.wantResume(1_000, INTERVAL_NS);
        assertTrue(flow.isResumeWanted());
        assertFalse(flow.isResumeDue(999));
        assertTrue(flow.isResumeDue(1_000));
        flow.wantResume(2_000, INTERVAL_NS);
        assertTrue(flow.isResumeDue(1_000), "the earlier one stands");
        flow.wantResume(500, INTERVAL_NS);
        assertTrue(flow.isResumeDue(500));
        flow.onResumeSent(1, 600);
        assertEquals(600, flow.lastResumeNs());
        assertFalse(flow.isResumeWanted());
        flow.wantResume(610, INTERVAL_NS);
        assertFalse(flow.isResumeDue(699), "the last was asked for just now");
        assertTrue(flow.isResumeDue(700));
        flow.onResumeSent(2, 700);
        flow.wantResume(900, INTERVAL_NS);
        assertFalse(flow.isResumeDue(899));
        assertTrue(flow.isResumeDue(900));
    }
}
