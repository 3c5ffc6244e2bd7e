package io.truenow.query.scatter;

import io.truenow.codecs.StreamKind;
import io.truenow.driver.stepped.SteppedProcess;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.query.QueryConfig;
import io.truenow.query.QueryNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A whole query node: HTTP in front, real SBE over a real media driver behind, one lane over IPC and one over UDP. All of it is stepped
 * but HTTP, so each run is the same and deadlines pass at once.
 */
class QueryNodeOverAeronTest {
    private static final int NODE_ID = 9;
    private static final String QUERY = "{\"namespace\":\"shop\",\"table\":\"orders\",\"start_time\":0,\"end_time\":1000,"
        + "\"group_by\":[\"region\"],\"metric\":\"price\"";

    @TempDir
    private Path directory;

    private final AtomicReference<Catalog> catalog = new AtomicReference<>(Catalog.EMPTY);
    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicReference<ServiceRegistration> registered = new AtomicReference<>();
    private final SteppedProcess process = new SteppedProcess();
    private Inbox laneInbox;
    private QueryNode node;

    /** Registers everybody, at once. */
    private final ControlClient control = new ControlClient() {
        @Override
        public CompletableFuture<CommandReply> ensureTable(
            final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
            throw new AssertionError("not this node's business");
        }

        @Override
        public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
            registered.set(registration);
            return CompletableFuture.completedFuture(CommandReply.accepted(5, NODE_ID));
        }

        @Override
        public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
            return CompletableFuture.completedFuture(CommandReply.accepted(5, serviceId));
        }
    };

    @BeforeEach
    void launch() {
        laneInbox = Inbox.open(process.aeron(), "127.0.0.1", 0, "aeron-port");
        final ServiceEnvironment environment = process.environment(catalog::get, control);
        final QueryConfig config = ConfigLoader.ofSections("query").set("query.http-port=0").load().bind("query", QueryConfig.class);
        node = QueryNode.launch(new ServiceContext<>(environment, directory, config));
        process.until("the node is registered", () -> node.serviceId() == NODE_ID);
        startLane(1, environment.channels().ipc());
        startLane(2, environment.channels().udp("127.0.0.1", registered.get().aeronPort()));
    }

    private void startLane(final int nodeId, final String channel) {
        final WireLane lane = new WireLane(process.aeron(), laneInbox, nodeId);
        lane.answerTo(channel, NODE_ID);
        process.scheduler().schedule(Duty.urgent("query-agent").hearing(StreamKind.QUERY), lane);
    }

    @AfterEach
    void close() {
        node.close();
        laneInbox.close();
        process.close();
        http.close();
        assertEquals(List.of(), process.errors());
    }

    private HttpResponse<String> get(final String path) {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private HttpResponse<String> post(final String body) {
        return send(HttpRequest.newBuilder(uri("/v1/query")).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(final HttpRequest.Builder request) {
        return process.await("an answer", http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private URI uri(final String path) {
        return URI.create("http://127.0.0.1:" + node.httpPort() + path);
    }

    private static JsonNode tree(final HttpResponse<String> response) {
        return new JsonMapper().readTree(response.body());
    }

    @Test
    void answersOverIpcAndUdp() {
        assertEquals(503, get("/ready").statusCode());
        assertEquals(404, post(QUERY + '}').statusCode(), "there is no such table yet");
        catalog.set(Catalogs.of(5, 3, laneInbox.port(), 1, 2));
        process.until("ready", () -> node.whyNotReady() == null);
        assertEquals(200, get("/ready").statusCode());

        final HttpResponse<String> answer = post(QUERY + '}');
        assertEquals(200, answer.statusCode(), answer.body());
        final JsonNode results = tree(answer).get("results");
        assertEquals(WireLane.GROUPS, results.size());
        for (final JsonNode row : results) {
            assertEquals(3, row.get("sum").asInt());
            assertEquals(2, row.get("count").asInt());
        }
        assertEquals(2L * WireLane.GROUPS, tree(answer).get("metadata").get("shards").asInt() * (long) WireLane.GROUPS);
        assertEquals("region:r0", results.get(0).get("group").asString());

        final JsonNode top = tree(post(QUERY + ",\"order_by\":\"group desc\",\"limit\":1}"));
        assertEquals("region:r999", top.get("results").get(0).get("group").asString());
        for (int i = 0; i < 50; i++) {
            assertEquals(200, post(QUERY + ",\"limit\":10}").statusCode());
        }

        final JsonNode stats = tree(get("/v1/stats"));
        assertEquals("[\"shop\"]", stats.get("namespaces").toString());
        assertEquals("[\"shop.orders\"]", stats.get("tables").toString());
        assertEquals("{\"shop\":[\"orders\"]}", stats.get("tables_by_namespace").toString());
        assertEquals(2 * WireLane.GROUPS, stats.get("total_events").asInt());
        assertEquals(3.0, stats.get("events_per_second").asDouble());
        assertFalse(stats.has("incomplete"));

        final String metrics = get("/metrics").body();
        assertTrue(metrics.contains("truenow_query_queries_total{outcome=\"answered\"} 52.0"), metrics);
    }

    @Test
    void tellsErrorsAsProblems() {
        catalog.set(Catalogs.of(5, 3, laneInbox.port(), 1, -1));
        final HttpResponse<String> malformed = post("{\"namespace\":");
        assertEquals(400, malformed.statusCode());
        assertEquals("application/problem+json", malformed.headers().firstValue("content-type").orElseThrow());
        assertEquals("malformed_json", tree(malformed).get("code").asString());
        assertTrue(tree(malformed).get("position").asInt() >= 12);
        assertEquals("limit", tree(post(QUERY + ",\"limit\":0}")).get("field").asString());
        assertEquals(405, get("/v1/query").statusCode());
        final HttpResponse<String> noOwner = post(QUERY + ",\"timeout_ms\":300}");
        assertEquals(503, noOwner.statusCode());
        assertEquals("shard_unavailable", tree(noOwner).get("code").asString());
        assertEquals("1", noOwner.headers().firstValue("retry-after").orElseThrow());
        assertEquals(200, post(QUERY + ",\"timeout_ms\":300,\"partial\":true}").statusCode());
    }
}
