package io.truenow.fabric.http;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A limit of connections, with some beyond it for those who look after the service. */
class ConnectionLimitTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final HttpLimits LIMITS =
        new HttpLimits(5, 2, new ByteSize(16L << 20), LONG, LONG, LONG, LONG, new ByteSize(10_000), LONG);

    @Test
    void healthAndMetricsAreAnsweredBeyondTheLimit() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(LIMITS, 2)) {
            final List<RawClient> usual = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                usual.add(edge.client());
                assertTrue(usual.get(i).send(BoundedEdge.post("/length", 3, 3)).readAnswer().endsWith("\r\n\r\n3"));
            }
            for (int i = 0; i < 20; i++) {
                // one that says nothing, and takes a place
                edge.client();
                for (final String path : List.of("/health", "/metrics", "/status", "/ready")) {
                    final RawClient monitoring = edge.client().send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
                    final String answer = monitoring.readAnswer();
                    assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.contains("connection: close"), answer);
                    assertTrue(monitoring.isEnded());
                }
            }
            final RawClient other = edge.client().send(BoundedEdge.post("/length", 3, 3));
            final String answer = other.readAnswer();
            assertTrue(answer.startsWith("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), answer);
            assertTrue(answer.contains("too_many_connections"), answer);
            assertTrue(other.isEnded());
            assertTrue(edge.refused("connections") > 1, edge.refused("connections") + " were refused");
            assertTrue(edge.metric("truenow_http_connections{") <= 7 + 2);
            assertEquals(5, edge.metric("truenow_http_connections_limit{"));
            // those within the limit do not notice
            for (final RawClient client : usual) {
                assertTrue(client.send(BoundedEdge.post("/length", 4, 4)).readAnswer().endsWith("\r\n\r\n4"));
            }
            usual.getFirst().close();
            Await.until("a place is free", () -> edge.metric("truenow_http_connections{") < 5 + 2);
            assertTrue(edge.client().send(BoundedEdge.post("/length", 5, 5)).readAnswer().endsWith("\r\n\r\n5"));
        }
    }
}
