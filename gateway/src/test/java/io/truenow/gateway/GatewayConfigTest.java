package io.truenow.gateway;

import io.truenow.fabric.config.ConfigLoader;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GatewayConfigTest {
    @Test
    void defaultsBind() {
        final GatewayConfig config =
            ConfigLoader.ofSections("gateway").environment(Map.of()).load().bind("gateway", GatewayConfig.class);
        assertEquals(8088, config.httpPort());
        assertEquals(16L << 20, config.maxBody().bytes());
        assertEquals(Duration.ofHours(24), config.journalRetention());
    }

    /** Spans are of ten minutes; lanes keep those that begin at or after floor(now - retention - span). */
    @Test
    void theJournalKeepsWhatALaneThatStartsOverMayStillServe() {
        final long spanS = 600;
        final long retentionS = 86_400;
        final long firstOfSpanS = 3_000_000 * spanS;
        for (long nowS = firstOfSpanS + retentionS; nowS < firstOfSpanS + retentionS + 4 * spanS; nowS++) {
            final boolean isServed = firstOfSpanS >= (nowS - retentionS - spanS) / spanS * spanS;
            final boolean isKept = firstOfSpanS + retentionS + Gateway.RETENTION_GRACE.toSeconds() > nowS;
            assertTrue(isKept || !isServed,
                "served by lanes, yet deleted " + (nowS - firstOfSpanS - retentionS) + " s after the retention");
        }
    }
}
