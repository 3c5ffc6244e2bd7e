package io.truenow.tools.process;

import io.truenow.engine.store.shard.Spans;
import io.truenow.gateway.Gateway;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a service may not ask of the other: whether the gateway's journal keeps what a lane that starts over would still serve. */
class JournalRetentionTest {
    private static final long SECOND_US = 1_000_000;

    @ParameterizedTest
    @ValueSource(longs = {60, 600, 601, 86_399, 86_400, 7 * 86_400})
    void theJournalKeepsWhatALaneWouldServe(final long retentionS) {
        final long retentionUs = retentionS * SECOND_US;
        final long firstOfSpanUs = 3_000_000L * Spans.SPAN_US;
        boolean isEnded = false;
        for (long agoS = 0; agoS < retentionS + 4 * 600; agoS += retentionS > 1_000 && agoS < retentionS - 10 ? 977 : 1) {
            final long nowUs = firstOfSpanUs + agoS * SECOND_US;
            final boolean isServed = firstOfSpanUs >= Spans.keptFromUs(nowUs, retentionUs);
            final boolean isKept = firstOfSpanUs + retentionUs + Gateway.RETENTION_GRACE.toNanos() / 1_000 > nowUs;
            final long sinceS = agoS;
            assertTrue(isKept || !isServed, () -> "served by lanes, yet deleted from the journal after " + sinceS + " s");
            isEnded |= !isKept;
        }
        assertTrue(isEnded, "the journal does not keep it for ever");
        assertFalse(firstOfSpanUs >= Spans.keptFromUs(firstOfSpanUs + retentionUs + 2L * Spans.SPAN_US, retentionUs), "nor do lanes");
    }
}
