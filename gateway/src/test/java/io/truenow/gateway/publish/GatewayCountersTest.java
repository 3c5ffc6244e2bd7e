package io.truenow.gateway.publish;

import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertTrue;

class GatewayCountersTest {
    @Test
    void areExposedTogether() throws IOException {
        final ProcessMetrics metrics = ProcessMetrics.local();
        new GatewayCounters(metrics);
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.expose(text);
        assertTrue(text.toString(StandardCharsets.UTF_8).contains("truenow_gateway_journal_held_bytes"));
    }
}
