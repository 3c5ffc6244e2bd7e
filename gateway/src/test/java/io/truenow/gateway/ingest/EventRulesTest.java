package io.truenow.gateway.ingest;

import io.truenow.fabric.problem.ProblemCode;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

class EventRulesTest {
    private static final long NOW = 1_764_000_000_000_000L;
    private static final long HOUR = TimeUnit.HOURS.toMicros(1);

    @Test
    void timesLieBetweenRetentionAndAMinuteAhead() {
        assertNull(EventRules.checkTimes(NOW - HOUR, NOW + 60_000_000, NOW, HOUR));
        assertEquals(ProblemCode.EVENT_TOO_OLD, EventRules.checkTimes(NOW - HOUR - 1, NOW, NOW, HOUR));
        assertEquals(ProblemCode.EVENT_IN_FUTURE, EventRules.checkTimes(NOW, NOW + 60_000_001, NOW, HOUR));
        assertEquals(ProblemCode.EVENT_TOO_OLD, EventRules.checkTimes(NOW - HOUR - 1, NOW + 60_000_001, NOW, HOUR));
    }

    @Test
    void retentionsAreToldInTheLargestUnit() {
        assertEquals("24 hours", EventRules.text(EventRules.DEFAULT_RETENTION_US));
        assertEquals("90 minutes", EventRules.text(HOUR * 3 / 2));
        assertEquals("61 seconds", EventRules.text(61_000_000));
    }
}
