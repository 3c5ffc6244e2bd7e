package io.truenow.gateway;

import io.truenow.fabric.config.ConfigLoader;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

class GatewayConfigTest {
    @Test
    void defaultsBind() {
        final GatewayConfig config =
            ConfigLoader.ofSections("gateway").environment(Map.of()).load().bind("gateway", GatewayConfig.class);
        assertEquals(8088, config.httpPort());
        assertEquals(16L << 20, config.maxBody().bytes());
        assertEquals(Duration.ofHours(24), config.journalRetention());
    }
}
