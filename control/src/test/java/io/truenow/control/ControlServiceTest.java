package io.truenow.control;

import io.aeron.cluster.service.Cluster;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.feed.CatalogFeed;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.LeaseKeeper;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(120)
class ControlServiceTest {
    private static final Logger LOGGER = LoggerFactory.getLogger(ControlServiceTest.class);

    @TempDir
    Path directory;

    @Test
    void keepsTheCatalogThroughStopsAndCrashes() {
        final ControlConfig config = ControlFixture.config(0, 1);
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config)) {
            final long version;
            final Table table;
            try (ControlService control = launch(fixture, config)) {
                final CommandReply created =
                    ControlFixture.get(fixture.client.ensureTable("shop", "orders", List.of("region"), List.of("price")));
                assertTrue(created.isAccepted(), created::toString);
                final CommandReply node = ControlFixture.get(fixture.client.registerService(node(1, 2)));
                assertTrue(node.isAccepted(), node::toString);
                final CommandReply extended =
                    ControlFixture.get(fixture.client.ensureTable("shop", "orders", List.of("device"), List.of("price")));
                assertEquals(created.resultId(), extended.resultId());
                fixture.awaitView(extended.catalogVersion());
                final Catalog catalog = fixture.feed.catalog();
                table = catalog.table("shop", "orders");
                assertEquals(List.of("region", "device"), table.dimensions());
                assertEquals(2, table.schemaVersion());
                final Shard shard = catalog.shard(table.shardIds().getFirst());
                assertEquals(node.resultId(), shard.owners().getFirst().nodeId());
                assertEquals(2, shard.epoch());
                assertEquals(catalog.version(), control.catalogView().catalog().version());
            }
            // from a snapshot
            try (ControlService control = launch(fixture, config)) {
                Await.until("loaded", () -> control.catalogView().catalog().version() >= fixture.feed.catalog().version());
                assertEquals(table, control.catalogView().catalog().table("shop", "orders"));
                final CommandReply second = fixture.createNamespace("second");
                assertTrue(second.isAccepted(), second::toString);
                version = second.catalogVersion();
                fixture.awaitView(version);
                final CommandReply again = fixture.createNamespace("second");
                assertEquals(ProblemCode.NAMESPACE_EXISTS, again.refusal().code());
                control.abort();
            }
            // from a snapshot and the log behind it
            try (ControlService control = launch(fixture, config)) {
                final CommandReply node = ControlFixture.get(fixture.client.registerService(node(2, 2)));
                assertTrue(node.isAccepted(), node::toString);
                fixture.awaitView(node.catalogVersion());
                assertEquals(table, fixture.feed.catalog().table("shop", "orders"));
                assertEquals("second", control.catalogView().catalog().namespaces().get(2).name());
                assertEquals(3, fixture.feed.catalog().shard(table.shardIds().getFirst()).epoch());
                assertEquals(ProblemCode.INVALID_LANES, ControlFixture.get(fixture.client.registerService(node(3, 0))).refusal().code());
            }
            assertEquals(List.of(), List.copyOf(fixture.errors));
        }
    }

    @Test
    void aLateViewIsSentALargeCatalogInParts() {
        final ControlConfig config = ControlFixture.config(0, 1);
        final int tables = 1_300;
        final List<String> wide = IntStream.range(0, 100).mapToObj(i -> "a-dimension-with-a-rather-long-name-" + i).toList();
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config);
            ControlService control = launch(fixture, config)) {
            assertTrue(ControlFixture.get(fixture.client.registerService(node(1, 2))).isAccepted());
            final List<CompletableFuture<CommandReply>> replies = new ArrayList<>();
            for (int i = 0; i < tables; i++) {
                replies.add(fixture.client.ensureTable("shop", "t" + i, i % 4 == 0 ? wide : List.of("x"), List.of("m")));
                if (i % 500 == 499) {
                    ControlFixture.get(replies.getLast());
                }
            }
            replies.forEach(reply -> assertTrue(ControlFixture.get(reply).isAccepted()));
            final CatalogFeed late = new CatalogFeed(
                fixture.aeron, "127.0.0.1", config.controlMembers().catalogEndpoints(), fixture.errors::add);
            Await.doing("late view", late::doWork, () -> late.catalog().tables().size() == tables);
            // every shard's epoch grows: more than one message holds
            final CommandReply node = ControlFixture.get(fixture.client.registerService(node(2, 2)));
            fixture.awaitView(node.catalogVersion());
            Await.doing("late view", late::doWork, () -> late.catalog().version() >= node.catalogVersion());
            for (final Catalog catalog : List.of(late.catalog(), fixture.feed.catalog())) {
                assertEquals(control.catalogView().catalog().tables(), catalog.tables());
                assertEquals(control.catalogView().catalog().shards(), catalog.shards());
                assertTrue(catalog.shards().values().stream().allMatch(shard -> shard.epoch() == 2));
            }
            late.close();
            assertEquals(List.of(), List.copyOf(fixture.errors));
        }
    }

    @Test
    void keepsOnlyWhatARestartNeeds() throws IOException {
        final List<String> members = ControlFixture.config(0, 1).members();
        final ControlConfig config =
            new ControlConfig(0, members, 0, 100, Duration.ofMillis(500), Duration.ofMillis(250), Duration.ofSeconds(5));
        final List<String> wide = IntStream.range(0, 100).mapToObj(i -> "a-dimension-with-a-rather-long-name-" + i).toList();
        final Path archive = directory.resolve("data/control/archive");
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config)) {
            final Catalog before;
            try (ControlService control = launch(fixture, config)) {
                long version = 0;
                for (int i = 0; i < 600; i++) {
                    final CommandReply reply = ControlFixture.get(fixture.client.ensureTable("shop", "t" + i, wide, List.of()));
                    assertTrue(reply.isAccepted(), reply::toString);
                    version = reply.catalogVersion();
                }
                Await.until("the log's first segment is gone", () -> Files.notExists(archive.resolve("0-0.rec")));
                assertTrue(control.status().entriesSinceSnapshot() <= 200);
                fixture.awaitView(version);
                before = fixture.feed.catalog();
                control.abort();
            }
            try (Stream<Path> files = Files.list(archive)) {
                final long recordings = files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".rec"))
                    .map(name -> name.substring(0, name.indexOf('-'))).distinct().count();
                assertTrue(recordings <= 7, () -> "log, two snapshots of two recordings, perhaps one more: " + recordings);
            }
            try (ControlService control = launch(fixture, config)) {
                Await.until("loaded", () -> control.catalogView().catalog().version() >= before.version());
                assertEquals(before.tables(), control.catalogView().catalog().tables());
            }
            assertEquals(List.of(), List.copyOf(fixture.errors));
        }
    }

    @Test
    void documentedDefaultsBind() {
        final ControlConfig config = ConfigLoader.ofSections("control").load().bind("control", ControlConfig.class);
        assertEquals(8001, config.httpPort());
        assertEquals(1, config.controlMembers().members().size());
    }

    @Test
    void leasesLapseAndComeBack() {
        final ControlConfig config = ControlFixture.config(0, 1);
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config);
            ControlService control = launch(fixture, config)) {
            final int[] remembered = {-1};
            final RenewalCount renewals = new RenewalCount(fixture.client);
            final LeaseKeeper keeper = new LeaseKeeper(
                renewals,
                () -> new ServiceRegistration(ServiceKind.QUERY, 5, 6, 1, 9, "127.0.0.1", 1, 2, 0, 600_000),
                -1,
                id -> remembered[0] = id,
                fixture.errors::add,
                ProcessClock.INSTANCE);
            Await.doing("registered", keeper::doWork, keeper::isRegistered);
            assertEquals(remembered[0], keeper.serviceId());
            // at a third of the lease each
            Await.doing("lease held beyond its length", keeper::doWork, () -> renewals.accepted() >= 4);
            assertEquals(ServiceState.ACTIVE, state(fixture, keeper));
            // nobody renews
            Await.until("lapsed", () -> state(fixture, keeper) == ServiceState.LAPSED);
            Await.doing("active again", keeper::doWork, () -> state(fixture, keeper) == ServiceState.ACTIVE);
            assertTrue(ControlFixture.get(keeper.leave()).isAccepted());
            Await.until("left", () -> state(fixture, keeper) == ServiceState.LEFT);
            assertEquals(Cluster.Role.LEADER, control.status().role());
            assertEquals(List.of(), List.copyOf(fixture.errors));
        }
    }

    @Test
    void answersOverRest() throws IOException, InterruptedException {
        final ControlConfig config = ControlFixture.config(0, 1);
        try (ControlFixture fixture = new ControlFixture(directory.resolve("aeron"), config);
            ControlService control = launch(fixture, config);
            HttpClient http = HttpClient.newHttpClient()) {
            final String base = "http://127.0.0.1:" + control.httpPort();
            assertAnswer(http, post(base + "/v1/namespaces", "{\"name\":\"shop\"}"), 201, "\"name\":\"shop\"");
            assertAnswer(http, post(base + "/v1/namespaces", "{\"name\":\"shop\"}"), 409, "namespace_exists");
            assertAnswer(http, post(base + "/v1/namespaces", "{\"name\":\"a b\"}"), 400, "\"field\":\"name\"");
            assertAnswer(http, post(base + "/v1/namespaces", "{\"nam\":\"x\"}"), 400, "unknown_field");
            assertAnswer(http, post(base + "/v1/namespaces", "{\"name\":"), 400, "malformed_json");
            assertAnswer(http, post(base + "/v1/namespaces", "{}"), 400, "missing_field");
            assertAnswer(http, post(base + "/v1/namespaces/shop/tables",
                "{\"name\":\"orders\",\"dimensions\":[\"region\"],\"metrics\":[\"price\"]}"), 201, "\"dimensions\":[\"region\"]");
            assertAnswer(http, post(base + "/v1/namespaces/shop/tables", "{\"name\":\"orders\"}"), 409, "table_exists");
            assertAnswer(http, post(base + "/v1/namespaces/shop/tables", "{\"name\":\"readings\",\"identity\":\"id_and_time\"}"), 201,
                "\"identity\":\"id_and_time\"");
            assertAnswer(http, post(base + "/v1/namespaces/shop/tables", "{\"name\":\"readings\"}"), 409, "table_exists");
            for (final String wrong : List.of("\"time\"", "\"ID\"", "\"null_val\"", "true", "7", "[\"id\"]")) {
                assertAnswer(http, post(base + "/v1/namespaces/shop/tables", "{\"name\":\"t\",\"identity\":" + wrong + "}"), 400,
                    "'identity' must be 'id' or 'id_and_time'");
            }
            assertAnswer(http, post(base + "/v1/namespaces/nowhere/tables", "{\"name\":\"orders\"}"), 404, "unknown_namespace");
            assertAnswer(http, get(base + "/v1/namespaces"), 200, "\"namespaces\":[{\"id\":1");
            assertAnswer(http, get(base + "/v1/namespaces/1"), 200, "\"name\":\"shop\"");
            assertAnswer(http, get(base + "/v1/namespaces/shop"), 200, "\"id\":1");
            assertAnswer(http, get(base + "/v1/namespaces/2"), 404, "unknown_namespace");
            assertAnswer(http, get(base + "/v1/namespaces/shop/tables"), 200, "\"name\":\"orders\"");
            assertAnswer(http, get(base + "/v1/namespaces/shop/tables"), 200, "\"identity\":\"id\"");
            assertAnswer(http, get(base + "/v1/registry/shards"), 200, "\"owners\":[]");
            assertAnswer(http, get(base + "/v1/epochs/current"), 200, "\"epochs\":[{\"shard_id\":1,\"epoch\":1}");
            assertAnswer(http, get(base + "/status"), 200, "\"role\":\"leader\"");
            assertAnswer(http, get(base + "/ready"), 200, "");
            assertAnswer(http, get(base + "/nowhere"), 404, "");
            changesAndDrops(http, base);
            refusesWhatOtherEdgesRefuse(http, fixture, base);
            assertEquals(List.of(), List.copyOf(fixture.errors));
        }
    }

    private static void changesAndDrops(final HttpClient http, final String base) throws IOException, InterruptedException {
        final String tables = base + "/v1/namespaces/shop/tables";
        assertAnswer(http, post(tables, "{\"name\":\"visits\",\"retention_us\":3600000000,\"schema\":\"closed\","
            + "\"description\":\"é\"}"), 201, "\"retention_us\":3600000000");
        assertAnswer(http, get(tables + "/visits"), 200, "\"schema\":\"closed\",\"description\":\"é\"");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"dimensions\":[\"page\"]}"), 200, "\"dimensions\":[\"page\"]");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"schema\":\"open\"}"), 200, "\"schema\":\"open\",\"description\":\"é\"");
        assertAnswer(http, send("PATCH", tables + "/visits", "{}"), 200, "\"retention_us\":3600000000");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"retention_us\":1}"), 400, "\"code\":\"invalid_retention\"");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"retention_us\":1.5}"), 400, "'retention_us' must be a whole number");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"retention_us\":99999999999999999999}"), 400, "invalid_field");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"schema\":\"shut\"}"), 400, "'schema' must be 'open' or 'closed'");
        assertAnswer(http, send("PATCH", tables + "/visits", "{\"name\":\"other\"}"), 400, "unknown_field");
        assertAnswer(http, send("PATCH", tables + "/nowhere", "{}"), 404, "unknown_table");
        assertAnswer(http, get(base + "/v1/namespaces/shop/tables/99"), 404, "unknown_table");
        assertAnswer(http, send("PATCH", base + "/v1/namespaces/shop", "{\"description\":\"sold\"}"), 200, "\"description\":\"sold\"");
        assertAnswer(http, send("DELETE", base + "/v1/namespaces/shop", ""), 409, "namespace_not_empty");
        assertAnswer(http, given("DELETE", tables + "/visits", "If-Match", "\"0\""), 412, "version_conflict");
        assertAnswer(http, given("DELETE", tables + "/visits", "If-Match", "new"), 400, "\"field\":\"If-Match\"");
        final String listing = http.send(get(tables), HttpResponse.BodyHandlers.ofString()).body();
        final String version = listing.replaceFirst("(?s)^\\{\"version\":([0-9]+),.*$", "$1");
        assertAnswer(http, given("DELETE", tables + "/visits", "If-Match", version), 200, "\"name\":\"visits\"");
        assertAnswer(http, get(tables + "/visits"), 404, "unknown_table");
        assertAnswer(http, send("DELETE", tables + "/visits", ""), 404, "unknown_table");
        assertAnswer(http, post(base + "/v1/namespaces", "{\"name\":\"short\",\"description\":\"lived\"}"), 201,
            "\"description\":\"lived\"");
        assertAnswer(http, send("DELETE", base + "/v1/namespaces/short", ""), 200, "\"name\":\"short\"");
        assertAnswer(http, get(base + "/v1/namespaces/short"), 404, "unknown_namespace");
    }

    private static void refusesWhatOtherEdgesRefuse(final HttpClient http, final ControlFixture fixture, final String base)
        throws IOException, InterruptedException {
        final String namespaces = base + "/v1/namespaces";
        assertAnswer(http, post(namespaces, "{\"name\":\"a\",\"name\":\"b\"}"), 400, "duplicate_field");
        assertAnswer(http, post(namespaces, "[{\"name\":\"a\"}]"), 400, "invalid_body");
        assertAnswer(http, post(namespaces, "7 8"), 400, "malformed_json");
        assertAnswer(http, post(namespaces, ""), 400, "\"position\":0");
        assertAnswer(http, post(namespaces, "{\"name\":\"\\ud800\"}"), 400, "\"position\":9");
        assertAnswer(http, post(namespaces, "{\"name\":" + "[".repeat(100) + "}"), 400, "nested deeper than 64");
        assertAnswer(http, post(namespaces, "{\"name\":\"a\"} x"), 400, "malformed_json");
        assertAnswer(http, post(namespaces, "{\"name\":{\"a\":[1]}}"), 400, "invalid_field");
        assertAnswer(http, post(namespaces, "\uFEFF{\"name\":\"marked\"}"), 201, "\"name\":\"marked\"");
        assertAnswer(http, get(namespaces + "?limit=1"), 400, "unknown_parameter");
        assertAnswer(http, get(base + "/metrics?name=x"), 400, "unknown_parameter");
        assertAnswer(http, get(namespaces + "/%FF"), 400, "malformed_uri");
        assertAnswer(http, get(namespaces + "/%73hop"), 200, "\"name\":\"shop\"");
        assertAnswer(http, get(namespaces + "/a%00b"), 404, "unknown_namespace");
        assertAnswer(http, get(namespaces + '/'), 404, "not_found");
        assertAnswer(http, post(namespaces + "/shop/tables", "{\"name\":\"t\",\"dimensions\":[\"\\udc00\"]}"), 400, "malformed_json");
        assertAnswer(http, post(namespaces + "/shop/tables", "{\"name\":\"t\",\"dimensions\":[\"\\u0000\"]}"), 400, "invalid_dimension");
        // a number is an id; who has a namespace of that name from before keeps it
        assertAnswer(http, post(namespaces, "{\"name\":\"1\"}"), 400, "invalid_namespace");
        assertAnswer(http, get(namespaces + "/1"), 200, "\"name\":\"shop\"");
        fixture.awaitView(fixture.createNamespace("7").catalogVersion());
        assertAnswer(http, post(namespaces, "{\"name\":\"7\"}"), 409, "namespace_exists");
        assertAnswer(http, get(namespaces + "/7"), 200, "\"name\":\"7\"");
        assertAnswer(http, post(namespaces + "/7/tables", "{\"name\":\"2024\"}"), 201, "\"name\":\"2024\"");
        final HttpRequest.Builder encoded = HttpRequest.newBuilder(URI.create(namespaces)).header("Content-Encoding", "gzip");
        assertAnswer(http, encoded.POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"x\"}")).build(), 415, "supported is identity");
    }

    private ControlService launch(final ControlFixture fixture, final ControlConfig config) {
        final long startNs = System.nanoTime();
        final ControlService control = fixture.launch(config, directory.resolve("data"));
        final long launchedNs = System.nanoTime();
        Await.until("leader", () -> control.status().isElectionOver() && control.status().role() == Cluster.Role.LEADER);
        final long leaderNs = System.nanoTime();
        Await.until("connected", fixture.client::isConnected);
        Await.until("catalog", () -> control.catalogView().catalog().version() >= 0);
        LOGGER.info("launched after {} ms, leader after {} ms, client connected after {} ms",
            (launchedNs - startNs) / 1_000_000, (leaderNs - startNs) / 1_000_000, (System.nanoTime() - startNs) / 1_000_000);
        return control;
    }

    private static ServiceRegistration node(final long incarnation, final int lanes) {
        return new ServiceRegistration(ServiceKind.HOT_TIER, 1, 2, incarnation, 3, "127.0.0.1", 4, 5, lanes, 60_000_000);
    }

    private static ServiceState state(final ControlFixture fixture, final LeaseKeeper keeper) {
        final var service = fixture.feed.catalog().service(keeper.serviceId());
        return service == null ? null : service.state();
    }

    private static HttpRequest get(final String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).build();
    }

    private static HttpRequest send(final String method, final String uri, final String body) {
        return HttpRequest.newBuilder(URI.create(uri)).method(method, HttpRequest.BodyPublishers.ofString(body)).build();
    }

    private static HttpRequest given(final String method, final String uri, final String header, final String value) {
        return HttpRequest.newBuilder(URI.create(uri)).method(method, HttpRequest.BodyPublishers.noBody()).header(header, value).build();
    }

    private static HttpRequest post(final String uri, final String body) {
        return HttpRequest.newBuilder(URI.create(uri)).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    }

    private static void assertAnswer(final HttpClient http, final HttpRequest request, final int status, final String part)
        throws IOException, InterruptedException {
        final HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(status, response.statusCode(), response::body);
        assertTrue(response.body().contains(part), response::body);
        assertFalse(response.body().isEmpty());
    }
}
