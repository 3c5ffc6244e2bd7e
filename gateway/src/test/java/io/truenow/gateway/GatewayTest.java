package io.truenow.gateway;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.netty.channel.EventLoopGroup;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.agent.ThreadedScheduler;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.http.EventLoops;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.time.Clocks;
import io.truenow.fabric.time.WallClock;
import io.truenow.gateway.publish.JournalAgent;
import io.truenow.gateway.publish.PublishLimits;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each duration and size of the configuration is where it belongs: they are of one type, and change places without a word. */
class GatewayTest {
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();

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
        final EventLoopGroup loops = EventLoops.create(1);
        try (MediaDriver driver = MediaDriver.launchEmbedded(new MediaDriver.Context().threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(new SleepingMillisIdleStrategy(1)).dirDeleteOnShutdown(true));
            Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
            ThreadedScheduler scheduler = ThreadedScheduler.threadPerAgent(
                new ThreadedScheduler.Context(() -> new SleepingMillisIdleStrategy(1), errors::add, errors::add));
            Gateway gateway = Gateway.launch(new ServiceContext<>(new ServiceEnvironment(aeron, new PeerChannels(1, 1 << 20, 1_408),
                "127.0.0.1", "127.0.0.1", () -> Catalog.EMPTY, new SilentControl(), scheduler, loops, HttpLimits.DEFAULTS,
                ProcessMetrics.local(), Clocks.SYSTEM, errors::add), directory, config));
            HttpClient client = HttpClient.newHttpClient()) {
            // it waits for control, in vain, with an hour's patience for all else
            final String event =
                "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":1,\"event_time\":" + WallClock.INSTANCE.microTime() + '}';
            final HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.httpPort() + "/v1/ingest"))
                    .timeout(Duration.ofSeconds(20)).POST(HttpRequest.BodyPublishers.ofString(event)).build(),
                HttpResponse.BodyHandlers.ofString());
            assertEquals(503, answer.statusCode());
            assertTrue(answer.body().contains("\"code\":\"control_unavailable\""), answer.body());
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
        assertEquals(List.of(), List.copyOf(errors));
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
        @Override
        public CompletableFuture<CommandReply> ensureTable(
            final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<CommandReply> createTable(
            final String namespace, final String table, final List<String> dimensions, final List<String> metrics,
            final EventIdentity identity) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<CommandReply> createNamespace(final String name, final boolean autoCreateTables) {
            return new CompletableFuture<>();
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
