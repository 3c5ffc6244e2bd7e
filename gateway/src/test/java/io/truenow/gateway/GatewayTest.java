package io.truenow.gateway;

import io.truenow.driver.stepped.SteppedProcess;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.time.WallClock;
import io.truenow.gateway.publish.JournalAgent;
import io.truenow.gateway.publish.PublishLimits;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each duration and size of the configuration is where it belongs: they are of one type, and change places without a word. */
class GatewayTest {
    private final SilentControl control = new SilentControl();

    @TempDir
    private Path directory;

    @Test
    void theJournalHasItsOwnLimits() {
        final GatewayConfig config = config("control-timeout=1s", "applied-timeout=2s", "journal-retention=3s", "connect-interval=4s",
            "lease=5s", "clock-leap-after=6s", "journal-budget=128MiB", "catch-up=7KiB");
        assertEquals(new JournalAgent.Limits(128L << 20, 2_000_000_000L, 3_000_000L, 21 * 60_000_000L,
            new PublishLimits(4_000_000_000L, 7 << 10, 256)), Gateway.journalLimits(config));
    }

    @Test
    void aRequestWaitsForControlAsLongAsControlTimeoutSays() throws Exception {
        final GatewayConfig config = config("control-timeout=50ms", "applied-timeout=1h", "connect-interval=1h", "lease=1h",
            "http-port=0", "aeron-port=0");
        try (SteppedProcess process = new SteppedProcess();
            Gateway gateway = Gateway.launch(new ServiceContext<>(
                process.environment(() -> Catalog.EMPTY, control), directory, config));
            HttpClient client = HttpClient.newHttpClient()) {
            // it waits for control, in vain, with an hour's patience for all else
            final String event =
                "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":1,\"event_time\":" + WallClock.INSTANCE.microTime() + '}';
            final CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.httpPort() + "/v1/ingest"))
                    .POST(HttpRequest.BodyPublishers.ofString(event)).build(),
                HttpResponse.BodyHandlers.ofString());
            Await.until("the request waits for control", () -> control.isAsked);
            process.run(Duration.ofMillis(49));
            assertFalse(answer.isDone());
            process.run(Duration.ofMillis(2));
            final HttpResponse<String> refusal = answer.get(20, TimeUnit.SECONDS);
            assertEquals(503, refusal.statusCode());
            assertTrue(refusal.body().contains("\"code\":\"control_unavailable\""), refusal.body());
            assertEquals(List.of(), process.errors());
        }
    }

    private static GatewayConfig config(final String... assignments) {
        final ConfigLoader.Builder loader = ConfigLoader.ofSections("gateway").environment(Map.of());
        for (final String assignment : assignments) {
            loader.set("gateway." + assignment);
        }
        return loader.load().bind("gateway", GatewayConfig.class);
    }

    /** Takes every command and answers none. */
    private static final class SilentControl implements ControlClient {
        private volatile boolean isAsked;

        @Override
        public CompletableFuture<CommandReply> ensureTable(
            final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
            isAsked = true;
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
            return new CompletableFuture<>();
        }
    }
}
