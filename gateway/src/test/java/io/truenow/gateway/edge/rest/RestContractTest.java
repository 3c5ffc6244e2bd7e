package io.truenow.gateway.edge.rest;

import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RestContractTest {
    private static final ObjectMapper JACKSON = new ObjectMapper();
    private static final long T = RestHarness.NOW_US;

    private RestHarness harness;

    @BeforeEach
    void start() {
        harness = new RestHarness();
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    @Test
    void acceptsOneEvent() {
        final HttpResponse<String> response = harness.post("/v1/ingest",
            "{\"namespace\":\"shop\",\"table\":\"orders\",\"event_id\":\"o-1 \\\"x\\\"\",\"event_time\":" + T
                + ",\"dimensions\":{\"region\":\"us\"},\"metrics\":{\"amount\":9.5}}");
        assertEquals(202, response.statusCode());
        final JsonNode reply = JACKSON.readTree(response.body());
        assertEquals(List.of("status", "event_id", "token"), List.copyOf(reply.propertyNames()));
        assertEquals("accepted", reply.get("status").asString());
        assertEquals("o-1 \"x\"", reply.get("event_id").asString());
        assertNotNull(harness.journal.pollBatch());
        assertEquals(1, harness.control.calls());
    }

    @Test
    void columnsMayBeAbsentAndHeadersNameTheTable() {
        final HttpResponse<String> response =
            harness.post("/v1/ingest", "{\"event_id\":12,\"event_time\":" + T + "}", "X-Namespace", "shop", "X-Table", "orders");
        assertEquals(202, response.statusCode(), response.body());
        assertEquals("12", JACKSON.readTree(response.body()).get("event_id").asString());
        assertEquals("orders", harness.control.catalog().tables().values().iterator().next().name());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "/v1/ingest|^", "/v1/ingest|{^", "/v1/ingest|{\"event_id\":\"a\",^}", "/v1/ingest|{\"event_id\":0^1}", "/v1/ingest|{} ^x",
        "/v1/ingest|{\"a\":1 ^\"b\":2}", "/v1/ingest|{\"event_id\":\"^\\ud800\"}",
        "/v1/batch|{\"events\":[{\"event_id\":\"a\",\"event_time\":T},{^]}",
        "/v1/batch|{\"namespace\":\"n\",\"table\":\"t\",\"events\":[{\"event_id\":\"a\",\"event_time\":T},{\"event_id\":^nil}]}",
        "/v1/batch|{\"namespace\":\"n\",\"table\":\"t\",\"events\":[{\"event_id\":\"a\",\"event_time\":T}]^",
        "/v1/batch|{\"namespace\":\"n\",\"table\":\"t\",\"events\":[{\"event_id\":\"a\",\"event_time\":T}]^]}",
        "/v1/batch|{\"events\":[{\"event_id\":\"a\",\"event_time\":T}],\"namespace\":\"n\",\"table\":\"t\"}^]"})
    void refusesWhatIsNotJsonWhole(final String path, final String marked) {
        final String body = marked.replace("T", Long.toString(T));
        final int position = body.indexOf('^');
        final HttpResponse<String> response = harness.post(path, body.replace("^", ""));
        assertEquals(400, response.statusCode(), response.body());
        assertEquals("application/problem+json", response.headers().firstValue("content-type").orElse(""));
        final JsonNode problem = JACKSON.readTree(response.body());
        assertEquals("malformed_json", problem.get("code").asString());
        assertEquals(position, problem.get("position").asInt(), response.body());
        assertTrue(problem.get("detail").asString().contains("at byte " + position), response.body());
        assertNothingOffered();
    }

    @Test
    void refusesEventsThatTheirLaneWouldDrop() {
        final String body = "{\"namespace\":\"n\",\"table\":\"t\",\"events\":[{\"event_id\":\"a\",\"event_time\":" + (T - 1)
            + "},{\"event_id\":\"b\",\"event_time\":" + T + "}]}";
        assertEquals(2, JACKSON.readTree(harness.post("/v1/batch", body).body()).get("events_accepted").asInt());
        for (final int shardId : harness.control.catalog().tables().values().iterator().next().shardIds()) {
            harness.tables.keptFrom().onTold(shardId, 1, T);
        }
        final JsonNode answer = JACKSON.readTree(harness.post("/v1/batch", body).body());
        assertEquals(1, answer.get("events_accepted").asInt(), answer.toString());
        assertEquals("event_too_old", answer.get("rejected").get(0).get("code").asString());
        assertEquals("a", answer.get("rejected").get(0).get("event_id").asString());
        assertTrue(answer.get("rejected").get(0).get("message").asString().contains("available_from_us"), answer.toString());
    }

    @Test
    void refusesInvalidUtf8() {
        final byte[] body = ("{\"event_id\":\"a?\",\"event_time\":" + T + "}").getBytes(StandardCharsets.US_ASCII);
        body[14] = (byte) 0xFF;
        final HttpResponse<String> response = harness.post("/v1/ingest", body, "X-Namespace", "n", "X-Table", "t");
        assertEquals(400, response.statusCode());
        assertEquals(14, JACKSON.readTree(response.body()).get("position").asInt());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"event_time\":T}|missing_event_id|event_id", "{\"event_id\":null,\"event_time\":T}|missing_event_id|event_id",
        "{\"event_id\":\"\",\"event_time\":T}|invalid_event_id|event_id", "{\"event_id\":1.5,\"event_time\":T}|invalid_event_id|event_id",
        "{\"event_id\":true,\"event_time\":T}|invalid_event_id|event_id",
        "{\"event_id\":\"LONG\",\"event_time\":T}|invalid_event_id|event_id",
        "{\"event_id\":1}|missing_event_time|event_time", "{\"event_id\":1,\"event_time\":\"T\"}|invalid_event_time|event_time",
        "{\"event_id\":1,\"event_time\":1.0}|invalid_event_time|event_time",
        "{\"event_id\":1,\"event_time\":1e15}|invalid_event_time|event_time",
        "{\"event_id\":1,\"event_time\":99999999999999999999}|invalid_event_time|event_time",
        "{\"event_id\":1,\"event_time\":1764000000}|event_too_old|event_time",
        "{\"event_id\":1,\"event_time\":1764000000000000000}|event_in_future|event_time",
        "{\"event_id\":1,\"event_time\":-9223372036854775808}|event_too_old|event_time",
        "{\"event_id\":1,\"event_time\":T,\"event_id\":1}|duplicate_field|event_id",
        "{\"event_id\":1,\"event_time\":T,\"dims\":{},\"dimensions\":{}}|duplicate_field|dimensions",
        "{\"event_id\":1,\"event_time\":T,\"dims\":{\"a\":1,\"a\":2}}|duplicate_field|dimensions.a",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":{\"a\":null,\"a\":2}}|duplicate_field|metrics.a",
        "{\"event_id\":1,\"event_time\":T,\"dimension\":{}}|unknown_field|dimension",
        "{\"event_id\":1,\"event_time\":T,\"dims\":[]}|invalid_type|dimensions",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":1}|invalid_type|metrics",
        "{\"event_id\":1,\"event_time\":T,\"table\":1}|invalid_type|table",
        "{\"event_id\":1,\"event_time\":T,\"dims\":{\"a\":{}}}|invalid_dimension|dimensions.a",
        "{\"event_id\":1,\"event_time\":T,\"dims\":{\"\":1}}|invalid_dimension|dimensions.",
        "{\"event_id\":1,\"event_time\":T,\"dims\":{\"a\\u007f\":1}}|invalid_dimension|dimensions.a\u007f",
        "{\"event_id\":1,\"event_time\":T,\"dims\":{\"a\":\"LONGLONGLONGLONG\"}}|invalid_dimension|dimensions.a",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":{\"a\":\"1\"}}|invalid_metric|metrics.a",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":{\"a\":1e400}}|invalid_metric|metrics.a",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":{\"a\":9007199254740993}}|inexact_metric|metrics.a",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":{\"a\":-123456789012345678901234567890}}|inexact_metric|metrics.a",
        "{\"event_id\":1,\"event_time\":T,\"metrics\":{\"a\":true}}|invalid_metric|metrics.a",
        "{\"event_id\":1,\"event_time\":T,\"namespace\":\".a\"}|invalid_namespace|namespace",
        "{\"event_id\":1,\"event_time\":T,\"namespace\":\"42\"}|invalid_namespace|namespace",
        "{\"event_id\":1,\"event_time\":T,\"table\":\"a b\"}|invalid_table|table",
        "{\"event_id\":1,\"event_time\":T,\"namespace\":\"closed\"}|table_creation_forbidden|table"})
    void namesWhatIsWrongWithAnEvent(final String event, final String code, final String field) {
        final String json = event.replace("T", Long.toString(T)).replace("LONG", "x".repeat(257));
        final HttpResponse<String> response = harness.post("/v1/ingest", json, "X-Namespace", "n", "X-Table", "t");
        assertEquals("table_creation_forbidden".equals(code) ? 403 : 400, response.statusCode(), response.body());
        final JsonNode problem = JACKSON.readTree(response.body());
        assertEquals(code, problem.get("code").asString(), response.body());
        assertEquals(field, problem.get("field").asString(), response.body());
        assertTrue(problem.get("detail").asString().startsWith(field + " "), response.body());
        assertNothingOffered();

        final String good = "{\"event_id\":\"good\",\"event_time\":" + T + "}";
        final HttpResponse<String> batch =
            harness.post("/v1/batch", "{\"table\":\"t\",\"events\":[" + good + "," + json + "],\"namespace\":\"n\"}");
        assertEquals(202, batch.statusCode(), batch.body());
        final JsonNode reply = JACKSON.readTree(batch.body());
        assertEquals(List.of("status", "events_received", "events_accepted", "rejected", "token"), List.copyOf(reply.propertyNames()));
        assertEquals(2, reply.get("events_received").asInt());
        assertEquals(1, reply.get("events_accepted").asInt());
        final JsonNode rejected = reply.get("rejected").get(0);
        assertEquals(List.of("index", "event_id", "code", "message"), List.copyOf(rejected.propertyNames()));
        assertEquals(1, rejected.get("index").asInt());
        assertEquals(code, rejected.get("code").asString());
        assertTrue(rejected.get("message").asString().startsWith(field + " "), batch.body());

        final HttpResponse<String> none = harness.post("/v1/batch", "{\"table\":\"t\",\"events\":[" + json + "],\"namespace\":\"n\"}");
        assertEquals(400, none.statusCode());
        final JsonNode refusal = JACKSON.readTree(none.body());
        assertEquals(code, refusal.get("code").asString());
        assertEquals(0, refusal.get("events_accepted").asInt());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "/v1/ingest|[]|invalid_body|", "/v1/batch|\"x\"|invalid_body|", "/v1/batch|{}|missing_events|events",
        "/v1/batch|{\"events\":{}}|invalid_type|events",
        "/v1/batch|{\"events\":[]}|no_events|events", "/v1/batch|{\"events\":[],\"events\":[]}|duplicate_field|events",
        "/v1/batch|{\"events\":[],\"event_id\":1}|unknown_field|event_id",
        "/v1/ingest|{\"events\":[],\"event_id\":1}|unknown_field|event_id",
        "/v1/batch|{\"x\":1,\"events\":[]}|unknown_field|x", "/v1/batch|{\"namespace\":1,\"events\":[]}|invalid_type|namespace",
        "/v1/batch|{\"namespace\":\"a\",\"namespace\":\"b\",\"events\":[]}|duplicate_field|namespace",
        "/v1/batch|{\"events\":[1,null,{\"event_id\":1}]}|events_rejected|events",
        "/v1/ingest|{\"event_id\":1,\"event_time\":T}|missing_namespace|namespace",
        "/v1/batch|{\"namespace\":\"n\",\"events\":[{\"event_id\":1,\"event_time\":T}]}|missing_table|events",
        "/v1/ingest?ack=never|{}|invalid_ack|ack"})
    void namesWhatIsWrongWithARequest(final String path, final String body, final String code, final String field) {
        final HttpResponse<String> response = harness.post(path, body.replace("T", Long.toString(T)));
        assertEquals(400, response.statusCode(), response.body());
        final JsonNode problem = JACKSON.readTree(response.body());
        assertEquals(code, problem.get("code").asString(), response.body());
        assertEquals(field, problem.has("field") ? problem.get("field").asString() : null);
        assertNothingOffered();
    }

    @ParameterizedTest
    @CsvSource({"JOURNAL_FULL,503,journal_full", "JOURNAL_UNAVAILABLE,503,journal_unavailable", "SHARD_UNASSIGNED,503,no_hot_tier",
        "SHARD_STALLED,503,hot_tier_stalled", "NOT_REGISTERED,503,not_registered", "CLOSED,503,shutting_down",
        "TOO_LARGE,413,request_too_large",
        "NOT_APPLIED_IN_TIME,504,not_applied_in_time"})
    void tellsWhatTheJournalSaid(final IngestOutcome outcome, final int status, final String code) {
        harness.journal.outcome(outcome);
        final HttpResponse<String> response = harness.post("/v1/ingest?ack=applied", event("1"));
        assertEquals(status, response.statusCode());
        assertEquals(code, JACKSON.readTree(response.body()).get("code").asString());
        assertEquals(status == 503, response.headers().firstValue("retry-after").isPresent());
    }

    @Test
    void limitsColumns() {
        final StringBuilder dimensions = new StringBuilder();
        for (int i = 0; i < EventRow.MAX_COLUMNS; i++) {
            dimensions.append(i == 0 ? "" : ",").append("\"d").append(i).append("\":").append(i);
        }
        final String start = "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":1,\"event_time\":" + T + ",\"dims\":{";
        assertEquals(202, harness.post("/v1/ingest", start + dimensions + "}}").statusCode());
        assertCode("schema_limit", harness.post("/v1/ingest", start + dimensions + ",\"e\":1}}"));
        assertCode("schema_limit", harness.post("/v1/ingest", start + "\"e\":1}}"));
        assertEquals(202, harness.post("/v1/ingest", start + "\"d7\":1}}").statusCode());
        assertCode("event_too_large",
            harness.post("/v1/ingest", start + dimensions.toString().replaceAll(":\\d+", ":\"" + "x".repeat(600) + "\"") + "}}"));
    }

    @Test
    void asksForAllThatIsNewAtOnceAndOnceForAllWhoWait() {
        harness.control.hold(true);
        final List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            responses.add(harness.postLater("/v1/batch", "{\"namespace\":\"n\",\"events\":[" + inTable("a", 1) + "," + inTable("b", 2) + ","
                + inTable("a", 3) + "]}"));
        }
        Await.until("both tables are asked for", () -> harness.control.calls() == 2);
        harness.control.hide(true);
        harness.control.hold(false);
        assertFalse(responses.stream().anyMatch(CompletableFuture::isDone));
        harness.control.hide(false);
        for (final CompletableFuture<HttpResponse<String>> response : responses) {
            assertEquals(202, response.join().statusCode(), response.join().body());
        }
        assertEquals(List.of("d1", "d3"), harness.control.catalog().table("n", "a").dimensions());
        assertEquals(2, harness.control.calls());
    }

    @Test
    void tablesThatExistAreFedWhileControlIsAway() {
        assertEquals(202, harness.post("/v1/ingest", event("1")).statusCode());
        harness.control.away(true);
        assertEquals(202, harness.post("/v1/ingest", event("2")).statusCode());
        final HttpResponse<String> response = harness.post("/v1/ingest", event("3").replace("orders", "unknown"));
        assertEquals(503, response.statusCode());
        assertEquals("1", response.headers().firstValue("retry-after").orElse(null));
        assertCode("control_unavailable", response);
        harness.control.away(false);
        assertEquals(202, harness.post("/v1/ingest", event("3").replace("orders", "unknown")).statusCode());
    }

    @Test
    void doesNotWaitForControlForever() {
        try (RestHarness impatient = new RestHarness(1, 16, 1 << 20, 100)) {
            impatient.control.hold(true);
            assertCode("control_unavailable", impatient.post("/v1/ingest", event("1")));
            impatient.control.hide(true);
            impatient.control.hold(false);
            assertCode("control_unavailable", impatient.post("/v1/ingest", event("1")));
        }
    }

    @Test
    void answersAlsoWhenReadingFailsBadly() {
        harness.control.hold(true);
        final CompletableFuture<HttpResponse<String>> waiting = harness.postLater("/v1/ingest", event("1"));
        Await.until("control is asked", () -> harness.control.calls() == 1);
        harness.isClockBroken = true;
        harness.control.hold(false);
        assertCode("internal_error", waiting.join());
        assertCode("internal_error", harness.post("/v1/ingest", event("1")));
        harness.isClockBroken = false;
        assertEquals(202, harness.post("/v1/ingest", event("1")).statusCode());
        assertEquals(2, harness.errors.size());
        harness.errors.clear();
    }

    @Test
    void refusesUnreadWhatIsTooMuch() {
        try (RestHarness small = new RestHarness(1, 2, 1_000, 1_000)) {
            assertEquals(202, small.post("/v1/ingest", event("1")).statusCode());
            small.journal.pause(true);
            final CompletableFuture<HttpResponse<String>> first = small.postLater("/v1/ingest", event("2"));
            Await.until("the first is in the journal's queue", () -> small.journal.queued() == 1);
            final HttpResponse<String> response = small.post("/v1/ingest", "{\"malformed" + " ".repeat(900));
            assertEquals(503, response.statusCode());
            assertEquals("1", response.headers().firstValue("retry-after").orElse(null));
            assertCode("gateway_busy", response);
            small.journal.pause(false);
            assertEquals(202, first.join().statusCode());
            assertCode("malformed_json", small.post("/v1/ingest", "{\"malformed" + " ".repeat(900)));
        }
    }

    @Test
    void refusesWhatTheJournalQueueHasNoRoomFor() {
        try (RestHarness small = new RestHarness(1, 2, 1 << 20, 1_000)) {
            assertEquals(202, small.post("/v1/ingest", event("1")).statusCode());
            small.journal.pause(true);
            final List<CompletableFuture<HttpResponse<String>>> waiting =
                List.of(small.postLater("/v1/ingest", event("2")), small.postLater("/v1/ingest", event("3")));
            Await.until("the queue is full", () -> small.journal.queued() == 2);
            assertCode("gateway_busy", small.post("/v1/ingest", event("4")));
            small.journal.pause(false);
            waiting.forEach(response -> assertEquals(202, response.join().statusCode()));
        }
    }

    @Test
    void takesLargeBatchesInParts() {
        final StringBuilder events = new StringBuilder();
        for (int i = 0; i < 30_000; i++) {
            events.append(i == 0 ? "" : ",").append("{\"event_id\":").append(i).append(",\"event_time\":").append(T - i)
                .append(",\"dims\":{\"customer\":\"c").append(i * 7 % 10_000).append("\"},\"metrics\":{\"amount\":").append(i).append("}}");
        }
        final HttpResponse<String> response =
            harness.post("/v1/batch", "{\"namespace\":\"n\",\"table\":\"t\",\"events\":[" + events + "]}");
        assertEquals(202, response.statusCode(), response.body());
        assertEquals(30_000, JACKSON.readTree(response.body()).get("events_accepted").asInt());
    }

    private void assertNothingOffered() {
        assertEquals(0, harness.journal.queued());
        assertNull(harness.journal.pollBatch());
    }

    private static void assertCode(final String code, final HttpResponse<String> response) {
        assertEquals(code, JACKSON.readTree(response.body()).get("code").asString(), response.body());
    }

    private static String event(final String id) {
        return "{\"namespace\":\"shop\",\"table\":\"orders\",\"event_id\":\"" + id + "\",\"event_time\":" + T + "}";
    }

    private static String inTable(final String table, final int id) {
        return "{\"table\":\"" + table + "\",\"event_id\":" + id + ",\"event_time\":" + T + ",\"dims\":{\"d" + id + "\":1}}";
    }
}
