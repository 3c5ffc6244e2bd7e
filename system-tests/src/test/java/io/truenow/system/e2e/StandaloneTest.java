package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.load.EventStream;
import io.truenow.system.load.Loader;
import io.truenow.system.model.Event;
import io.truenow.system.model.QuerySpec;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.system.process.JavaProcess;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Everything in one process, as a newcomer starts it. */
@Tag("system")
class StandaloneTest {
    private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);
    private static Deployment deployment;
    private static HttpClient client;

    @BeforeAll
    static void start() {
        deployment = Deployment.standalone(TestDirectories.fresh("standalone")).warmedUp().start();
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        deployment.close();
    }

    @Test
    void warmsUpByDefaultAndSaysSo() {
        final JavaProcess process = deployment.process(Deployment.STANDALONE);
        Await.until("warmed up", Duration.ofSeconds(60), () -> process.output().contains("INFO WarmUp - warmed up in "));
    }

    @Test
    void answersWhatAPlainModelSays() {
        final Loader loader = new Loader(deployment, "shop", "orders");
        final EventStream stream = new EventStream(Seeds.random("answersWhatAPlainModelSays"), "m", 3 * HOUR_US);
        final long startUs = nowUs() - 3 * HOUR_US;
        IntStream.range(0, 40).forEach(i -> loader.send(stream.next(250)));
        final TableModel model = new TableModel();
        model.addAll(loader.acknowledged());
        assertEquals(10_000, model.size());
        new Answers(deployment, "shop", "orders").allMustBe(model, startUs, nowUs(), loader.token());
    }

    @Test
    void showsAnEventToAnyQueryWithinMilliseconds() {
        final Answers answers = new Answers(deployment, "quick", "look");
        final Loader loader = new Loader(deployment, "quick", "look");
        final EventStream stream = new EventStream(Seeds.random("showsAnEvent"), "q", 1_000);
        final long startUs = nowUs() - HOUR_US;
        final TableModel model = new TableModel();
        for (int i = 0; i < 20; i++) {
            loader.send(stream.next(1));
            model.addAll(loader.acknowledged());
            final long endUs = nowUs();
            if (i == 0) {
                // the query node may not yet know a table that has just been created
                answers.mustBe(model, QuerySpec.count(startUs, endUs), loader.token());
                continue;
            }
            final Map<String, String> wanted = model.answer(QuerySpec.count(startUs, endUs));
            final long sentNs = System.nanoTime();
            Await.until("visible", () -> wanted.equals(
                io.truenow.system.model.AnswerText.of(answers.ask(QuerySpec.count(startUs, endUs), null).json())));
            final long visibleNs = System.nanoTime() - sentNs;
            assertTrue(visibleNs < TimeUnit.SECONDS.toNanos(1), "took " + visibleNs + " ns");
        }
    }

    @Test
    void countsARepeatedEventOnce() {
        final Loader loader = new Loader(deployment, "shop", "repeated");
        final EventStream stream = new EventStream(Seeds.random("countsARepeatedEventOnce"), "r", HOUR_US);
        final long startUs = nowUs() - 2 * HOUR_US;
        final List<Event> first = stream.next(300);
        loader.send(first);
        loader.send(first);
        loader.send(first.subList(0, 100).reversed());
        final List<Event> second = stream.next(10);
        loader.send(List.of(second.get(0), second.get(1), second.get(0), first.get(5), second.get(1)));
        final TableModel model = new TableModel();
        model.addAll(loader.acknowledged());
        assertEquals(302, model.size());
        new Answers(deployment, "shop", "repeated").allMustBe(model, startUs, nowUs(), loader.token());
    }

    @Test
    void anEventIsItsIdWhateverItsTime() {
        final long timeUs = nowUs() - 2 * HOUR_US;
        final double otherTimesBefore = deployment.metric("hot-tier", "truenow_hot_tier_rows_repeated_other_time_total");
        assertEquals(0, repeated(event(1, timeUs), event(2, timeUs)));
        assertEquals(2, repeated(event(1, timeUs + HOUR_US), event(2, timeUs + 1), event(3, timeUs)));
        // the second time in one request, in another span
        assertEquals(2, repeated(event(4, timeUs), event(5, timeUs), event(4, timeUs + HOUR_US), event(5, timeUs)));
        final RestAnswer result = new Answers(deployment, "shop", "identity").ask(
            new QuerySpec(timeUs - HOUR_US, nowUs(), Map.of(), List.of(), "sum", "x", null), null);
        final JsonNode row = result.json().path("results").path(0);
        assertEquals(5, row.path("count").asLong(), result.body());
        assertEquals(5 * timeUs, row.path("sum").asLong(), "the first one stands");
        // one of 63 is not told
        final double otherTimes = deployment.metric("hot-tier", "truenow_hot_tier_rows_repeated_other_time_total") - otherTimesBefore;
        assertTrue(otherTimes >= 1 && otherTimes <= 3, "repeats with another time: " + otherTimes);
    }

    private static String event(final int id, final long timeUs) {
        return "{\"namespace\":\"shop\",\"table\":\"identity\",\"event_id\":" + id + ",\"event_time\":" + timeUs
            + ",\"metrics\":{\"x\":" + timeUs + "}}";
    }

    private int repeated(final String... events) {
        final RestAnswer answer = deployment.post("gateway", "/v1/batch?ack=applied", "{\"events\":[" + String.join(",", events) + "]}");
        assertEquals(202, answer.status(), answer.body());
        return answer.json().path("events_repeated").asInt(-1);
    }

    @Test
    void takesASingleEventWithNamesInHeadersAndDims() {
        final long timeUs = nowUs() - 1_000;
        final RestAnswer answer = deployment.post("gateway", "/v1/ingest",
            "{\"namespace\":\"single\",\"table\":\"t\",\"event_id\":17,\"event_time\":" + timeUs
                + ",\"dims\":{\"k\":\"v\"},\"metrics\":{\"x\":2.5}}");
        assertEquals(202, answer.status(), answer.body());
        assertEquals("accepted", answer.json().path("status").asString());
        final String token = answer.json().path("token").asString();
        final RestAnswer result = new Answers(deployment, "single", "t").ask(
            new QuerySpec(timeUs - 10, timeUs + 10, Map.of(), List.of("k"), "sum", "x", null), token);
        final JsonNode row = result.json().path("results").path(0);
        assertEquals("k:v", row.path("group").asString(), result.body());
        assertEquals("v", row.path("dimensions").path("k").asString());
        assertEquals(2.5, row.path("value").asDouble());
        assertEquals(1, row.path("count").asLong());
    }

    @Test
    void refusesWhatIsTooOldOrInTheFuture() {
        final long dayUs = 24 * HOUR_US;
        assertRejected("event_too_old", nowUs() - dayUs - 2 * 60_000_000L);
        assertRejected("event_in_future", nowUs() + 2 * 60_000_000L);
        final RestAnswer answer = deployment.post("gateway", "/v1/batch", "{\"namespace\":\"bounds\",\"table\":\"t\",\"events\":["
            + "{\"event_id\":\"a\",\"event_time\":" + (nowUs() - dayUs - 2 * 60_000_000L) + "},"
            + "{\"event_id\":\"b\",\"event_time\":" + (nowUs() - dayUs + 5 * 60_000_000L) + "},"
            + "{\"event_id\":\"c\",\"event_time\":" + (nowUs() + 30_000_000L) + "}]}");
        assertEquals(202, answer.status(), answer.body());
        assertEquals(3, answer.json().path("events_received").asInt());
        assertEquals(2, answer.json().path("events_accepted").asInt());
        assertEquals("event_too_old", answer.json().path("rejected").path(0).path("code").asString());
        assertEquals(0, answer.json().path("rejected").path(0).path("index").asInt());
    }

    @Test
    void refusesMalformedInput() {
        final String time = "\"event_time\":" + nowUs();
        assertProblem(400, "malformed_json", "gateway", "/v1/ingest", "{\"namespace\":");
        assertProblem(400, "missing_namespace", "gateway", "/v1/ingest", "{\"table\":\"t\",\"event_id\":\"a\"," + time + "}");
        assertProblem(400, "missing_table", "gateway", "/v1/ingest", "{\"namespace\":\"n\",\"event_id\":\"a\"," + time + "}");
        assertProblem(400, null, "gateway", "/v1/ingest", "{\"namespace\":\"n\",\"table\":\"t\"," + time + "}");
        assertProblem(400, "invalid_event_time", "gateway", "/v1/ingest",
            "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":\"a\",\"event_time\":\"now\"}");
        assertProblem(400, "unknown_field", "gateway", "/v1/ingest",
            "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":\"a\",\"colour\":1," + time + "}");
        assertProblem(400, null, "gateway", "/v1/batch", "[1,2");
        assertProblem(404, "unknown_table", "query", "/v1/query", QuerySpec.count(0, nowUs()).toJson("no", "where", null));
        assertProblem(400, null, "query", "/v1/query", "{\"namespace\":\"shop\"");
        assertEquals(404, deployment.get("gateway", "/nowhere").status());
        assertEquals(405, deployment.get("gateway", "/v1/ingest").status());
        assertEquals(404, deployment.get("control", "/v1/namespaces/no-such").status());
    }

    @Test
    void everyServiceRefusesWhatItWouldHaveToIgnore() throws IOException, InterruptedException {
        final String event = "{\"event_id\":\"a\",\"event_time\":" + nowUs() + "}";
        final String query = "{\"start_time\":0,\"end_time\":1}";
        final String namespace = "{\"name\":\"refused\"}";
        for (final String[] post : new String[][]{
            {"gateway", "/v1/ingest", event}, {"gateway", "/v1/batch", "{\"events\":[" + event + "]}"}, {"query", "/v1/query", query},
            {"control", "/v1/namespaces", namespace}}) {
            assertRefused(400, "unknown_parameter", send(post[0], post[1] + "?Ack=applied", post[2]));
            assertRefused(400, "duplicate_header", send(post[0], post[1], post[2], "X-Namespace", "a", "X-Namespace", "b"));
            assertRefused(415, "unsupported_content_encoding", send(post[0], post[1], post[2], "Content-Encoding", "gzip"));
            assertRefused(415, "unsupported_charset", send(post[0], post[1], post[2], "Content-Type", "text/json; charset=utf-16"));
            assertRefused(400, "invalid_body", send(post[0], post[1], "[" + post[2] + "]"));
            assertRefused(400, "malformed_json", send(post[0], post[1], ""));
            assertRefused(400, "malformed_json", send(post[0], post[1], "{\"\\ud800\":1}"));
            assertRefused(400, "malformed_json", send(post[0], post[1], "{\"events\":" + "[".repeat(65)));
            assertRefused(404, "not_found", send(post[0], post[1] + '/', post[2]));
            assertRefused(400, "malformed_uri", send(post[0], post[1] + "?a=%FF", post[2]));
        }
        for (final String service : Deployment.ROLES) {
            assertEquals(400, deployment.get(service, "/health?verbose=1").status(), service);
        }
        // a byte order mark is skipped on each
        assertEquals(202, send("gateway", "/v1/ingest", '\uFEFF' + event, "X-Namespace", "marked", "X-Table", "t").statusCode());
        assertRefused(404, "unknown_table", send("query", "/v1/query", '\uFEFF' + query, "X-Namespace", "marked", "X-Table", "no"));
        assertEquals(201, send("control", "/v1/namespaces", "\uFEFF{\"name\":\"marked-too\"}").statusCode());
    }

    @Test
    void oneEventBeyondTheSchemaLimitLeavesTheOthersAlone() {
        final long timeUs = nowUs();
        final String columns = IntStream.range(0, 128).mapToObj(i -> "\"d" + i + "\":1").collect(Collectors.joining(","));
        final String start = "{\"namespace\":\"limit\",\"table\":\"full\",\"event_time\":" + timeUs + ",\"event_id\":";
        assertEquals(202, deployment.post("gateway", "/v1/ingest", start + "0,\"dims\":{" + columns + "}}").status());
        final RestAnswer answer = deployment.post("gateway", "/v1/batch?ack=applied", "{\"events\":[" + start + "1,\"dims\":{\"d5\":2}},"
            + start + "2,\"dims\":{\"new\":\"x\"}}," + start.replace("full", "other") + "3}]}");
        assertEquals(202, answer.status(), answer.body());
        assertEquals(2, answer.json().path("events_accepted").asInt(), answer.body());
        assertEquals("schema_limit", answer.json().path("rejected").path(0).path("code").asString());
        assertProblem(400, "schema_limit", "gateway", "/v1/ingest", start + "2,\"dims\":{\"new\":\"x\"}}");
        assertProblem(400, "schema_limit", "gateway", "/v1/batch", "{\"events\":[" + start + "2,\"dims\":{\"new\":\"x\"}}]}");
        assertProblem(400, "invalid_namespace", "gateway", "/v1/ingest", start.replace("limit", "17") + "1}");
    }

    /** What docs/rest-ingest.md says of an id that comes again with another time: as the README's block, pasted again a minute later. */
    @Test
    void anIdThatComesAgainWithAnotherTimeIsTheSameEvent() {
        final long spanUs = TimeUnit.MINUTES.toMicros(10);
        final long firstUs = nowUs() - spanUs - 60_000_000L;
        final long inSpanUs = firstUs % spanUs < spanUs / 2 ? firstUs + 60_000_000L : firstUs - 60_000_000L;
        String token = null;
        for (final long timeUs : new long[]{firstUs, inSpanUs, firstUs + spanUs}) {
            final int amount = timeUs == inSpanUs ? 100 : 1;
            final RestAnswer answer = deployment.post("gateway", "/v1/ingest", "{\"namespace\":\"again\",\"table\":\"orders\","
                + "\"event_id\":\"order-1\",\"event_time\":" + timeUs + ",\"metrics\":{\"amount\":" + amount + "}}");
            assertEquals("accepted", answer.json().path("status").asString(), answer.body());
            token = answer.json().path("token").asString();
        }
        final JsonNode row = new Answers(deployment, "again", "orders").ask(
            new QuerySpec(nowUs() - HOUR_US, nowUs(), Map.of(), List.of(), "sum", "amount", null), token).json().path("results").path(0);
        assertEquals(1, row.path("count").asLong(), "within the span and in another");
        assertEquals(1.0, row.path("value").asDouble(), "and the first stays as it is");
    }

    @Test
    void everyServiceSaysHowItIs() {
        for (final String service : Deployment.ROLES) {
            final JsonNode health = deployment.get(service, "/health").json();
            assertEquals("ok", health.path("status").asString(), service);
            assertFalse(health.path("version").asString().isEmpty(), service);
            assertEquals(200, deployment.get(service, "/ready").status());
            assertEquals(200, deployment.get(service, "/status").status());
            assertTrue(deployment.get(service, "/metrics").body().contains("process_uptime_seconds"), service);
        }
    }

    @Test
    void controlTellsNamespacesTablesAndShards() {
        final Loader loader = new Loader(deployment, "listed", "here");
        loader.send(new EventStream(Seeds.random("controlTells"), "l", 1_000).next(1));
        assertTrue(deployment.get("control", "/v1/namespaces").body().contains("listed"));
        assertTrue(deployment.get("control", "/v1/namespaces/listed/tables").body().contains("here"));
        assertEquals(200, deployment.get("control", "/v1/registry/shards").status());
        assertEquals(200, deployment.get("control", "/v1/epochs/current").status());
        final RestAnswer made = deployment.post("control", "/v1/namespaces", "{\"name\":\"made\"}");
        assertEquals(201, made.status(), made.body());
        final JsonNode stats = deployment.get("query", "/v1/stats").json();
        assertTrue(stats.path("namespaces").toString().contains("listed"), stats.toString());
        assertTrue(stats.path("tables").toString().contains("listed.here"), stats.toString());
        assertTrue(stats.path("total_events").isNumber(), stats.toString());
        new Loader(deployment, "dots.a", "b").send(new EventStream(Seeds.random("controlTellsA"), "d", 1_000).next(1));
        new Loader(deployment, "dots", "a.b").send(new EventStream(Seeds.random("controlTellsB"), "d", 1_000).next(1));
        Await.until("both tables are shown, apart", () -> {
            final JsonNode tables = deployment.get("query", "/v1/stats").json().path("tables_by_namespace");
            return "[\"b\"]".equals(tables.path("dots.a").toString()) && "[\"a.b\"]".equals(tables.path("dots").toString());
        });
        assertProblem(400, "invalid_namespace", "control", "/v1/namespaces", "{\"name\":\"1\"}");
    }

    private static void assertRejected(final String code, final long timeUs) {
        assertProblem(400, code, "gateway", "/v1/ingest",
            "{\"namespace\":\"bounds\",\"table\":\"t\",\"event_id\":\"x\",\"event_time\":" + timeUs + "}");
    }

    private static HttpResponse<String> send(final String service, final String path, final String body, final String... headers)
        throws IOException, InterruptedException {
        final HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(deployment.url(service) + path))
            .POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void assertRefused(final int status, final String code, final HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.uri() + " -> " + response.body());
        assertTrue(response.body().contains("\"code\":\"" + code + '"'), response.uri() + " -> " + response.body());
    }

    private static void assertProblem(final int status, final String code, final String service, final String path, final String body) {
        final RestAnswer answer = deployment.post(service, path, body);
        assertEquals(status, answer.status(), body + " -> " + answer.body());
        assertTrue(answer.headers().firstValue("content-type").orElse("").startsWith("application/problem+json"), answer.body());
        if (code != null) {
            assertEquals(code, answer.json().path("code").asString(), answer.body());
        }
    }

    private static long nowUs() {
        return WallClock.INSTANCE.microTime();
    }
}
