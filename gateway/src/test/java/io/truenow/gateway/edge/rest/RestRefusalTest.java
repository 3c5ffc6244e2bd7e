package io.truenow.gateway.edge.rest;

import io.truenow.fabric.catalog.Names;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.ingest.EventRules;
import io.truenow.gateway.ingest.SchemaNeeds;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.NameSlice;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A refusal that will not change is never told as one to repeat, and one that concerns an event leaves the others alone. */
class RestRefusalTest {
    private static final ObjectMapper JACKSON = new ObjectMapper();
    private static final long T = RestHarness.NOW_US;
    private static final String CONTROLS = "\0\u001f \u007f\u0080\u009f\u00a0\u00bfaé\u2028\ud7ff\ue000";

    private final RestHarness harness = new RestHarness();

    @BeforeEach
    void fillATable() {
        assertAccepted(harness.post("/v1/ingest", "{\"namespace\":\"n\",\"table\":\"full\",\"event_id\":0,\"event_time\":" + T
            + ",\"dims\":{" + IntStream.range(0, EventRow.MAX_COLUMNS).mapToObj(i -> "\"d" + i + "\":1").collect(Collectors.joining(","))
            + "}}"));
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    @Test
    void anEventBeyondTheSchemaLimitIsRejectedAloneInABatch() {
        for (final String order : List.of("good,bad", "bad,good")) {
            final String events = order.replace("good", event("full", 1, "\"d7\":1")).replace("bad", event("full", 2, "\"new\":1"));
            final JsonNode reply = assertAccepted(batch(events + ',' + event("other", 3, "\"x\":1")));
            assertEquals(3, reply.get("events_received").asInt());
            assertEquals(2, reply.get("events_accepted").asInt());
            assertEquals("schema_limit", reply.get("rejected").get(0).get("code").asString());
            assertEquals("2", reply.get("rejected").get(0).get("event_id").asString());
        }
        final HttpResponse<String> alone = batch(event("full", 2, "\"new\":1"));
        assertEquals(400, alone.statusCode(), alone.body());
        assertEquals("schema_limit", codeOf(alone));
        final HttpResponse<String> single = harness.post("/v1/ingest",
            event("full", 2, "\"new\":1").replaceFirst("\\{", "{\"namespace\":\"n\","));
        assertEquals(400, single.statusCode(), single.body());
        assertEquals("schema_limit", codeOf(single));
    }

    @Test
    void aClosedTableRefusesEventsWithNewColumnsAloneAndAsksNobody() {
        harness.control.close("n", "full");
        final int calls = harness.control.calls();
        final JsonNode reply = assertAccepted(batch(event("full", 1, "\"d7\":1") + ',' + event("full", 2, "\"new\":1") + ','
            + event("full", 3, "\"new\":null")));
        assertEquals(2, reply.get("events_accepted").asInt());
        assertEquals(1, reply.get("rejected").size());
        assertEquals("schema_closed", reply.get("rejected").get(0).get("code").asString());
        assertTrue(reply.get("rejected").get(0).get("message").asString().startsWith("dimensions.new is not a column"), reply::toString);
        assertEquals(calls, harness.control.calls());
    }

    @Test
    void whatOthersFilledMeanwhileIsToldByEvent() {
        final List<String> names = IntStream.range(0, EventRow.MAX_COLUMNS - 1).mapToObj(i -> "d" + i).toList();
        harness.control.ensureTable("n", "nearly", names, List.of());
        harness.control.hide(true);
        harness.control.ensureTable("n", "nearly", List.of("theirs"), List.of());
        final int before = harness.control.calls();
        final CompletableFuture<HttpResponse<String>> response = harness.postLater("/v1/batch", "{\"namespace\":\"n\",\"events\":["
            + event("nearly", 1, "\"theirs\":1") + ',' + event("nearly", 2, "\"ours\":1") + ',' + event("full", 3, "\"d1\":1") + "]}");
        Await.until("asked for both", () -> harness.control.calls() > before);
        harness.control.hide(false);
        final JsonNode reply = assertAccepted(response.join());
        assertEquals(2, reply.get("events_accepted").asInt(), reply.toString());
        assertEquals("2", reply.get("rejected").get(0).get("event_id").asString());
        assertEquals("schema_limit", reply.get("rejected").get(0).get("code").asString());
    }

    @Test
    void aRequestIsHeldToItsTablesHoweverOftenItIsRead() {
        final int tables = 4 * SchemaNeeds.MAX_TABLES;
        final String events = IntStream.range(0, tables).mapToObj(i -> event("t" + i, i, "\"x\":1")).collect(Collectors.joining(","));
        final JsonNode reply = assertAccepted(batch(events));
        assertEquals(SchemaNeeds.MAX_TABLES, reply.get("events_accepted").asInt());
        assertEquals(tables - SchemaNeeds.MAX_TABLES, reply.get("rejected").size());
        assertEquals("too_many_tables", reply.get("rejected").get(0).get("code").asString());
        assertEquals(SchemaNeeds.MAX_TABLES + 1, harness.control.catalog().tables().size());
    }

    @ParameterizedTest
    @CsvSource({"table_limit,409,table_limit", "namespace_limit,409,namespace_limit",
        "table_creation_forbidden,403,table_creation_forbidden",
        "invalid_dimension,400,invalid_dimension", "a_later_code,400,refused_by_control"})
    void whatControlRefusesConcernsTheEvent(final String code, final int status, final String told) {
        final String bad = event("t", 1, "").replaceFirst("\\{", "{\"namespace\":\"" + FakeControl.REFUSED + code + "\",");
        final HttpResponse<String> single = harness.post("/v1/ingest", bad);
        assertEquals(status, single.statusCode(), single.body());
        assertEquals(told, codeOf(single));
        assertFalse(single.headers().firstValue("retry-after").isPresent());
        final JsonNode reply = assertAccepted(batch(bad + ',' + event("full", 2, "\"d1\":1")));
        assertEquals(1, reply.get("events_accepted").asInt());
        assertEquals(told, reply.get("rejected").get(0).get("code").asString());
    }

    @ParameterizedTest
    @CsvSource({"stale_command,503,control_unavailable", "unknown_command,500,internal_error",
        "malformed_command,500,internal_error"})
    void whatIsNoFaultOfTheEventConcernsTheRequest(final String code, final int status, final String told) {
        final HttpResponse<String> response = harness.post("/v1/ingest",
            event("t", 1, "").replaceFirst("\\{", "{\"namespace\":\"" + FakeControl.REFUSED + code + "\","));
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(told, codeOf(response));
        assertEquals(status == 503, response.headers().firstValue("retry-after").isPresent());
        assertEquals(status == 500 ? 1 : 0, harness.errors.size());
        harness.errors.clear();
    }

    @Test
    void aFailureInThisProcessIsNoUnavailableControl() {
        final HttpResponse<String> response = harness.post("/v1/ingest",
            event("t", 1, "").replaceFirst("\\{", "{\"namespace\":\"" + FakeControl.BROKEN + "\","));
        assertEquals(500, response.statusCode(), response.body());
        assertEquals("internal_error", codeOf(response));
        assertEquals("broken as told", harness.errors.remove().getMessage());
    }

    @Test
    void aNamespaceOfDigitsIsTakenOnlyWhereItExists() {
        final String inDigits = event("t", 1, "\"x\":1").replaceFirst("\\{", "{\"namespace\":\"7\",");
        assertEquals("invalid_namespace", codeOf(harness.post("/v1/ingest", inDigits)));
        assertAccepted(batch(event("2024", 1, "\"x\":1")));
        harness.control.ensureTable("7", "t", List.of(), List.of());
        assertAccepted(harness.post("/v1/ingest", inDigits));
    }

    @Test
    void aByteOrderMarkIsSkipped() {
        final String body = '{' + "\"namespace\":\"n\"," + event("full", 1, "").substring(1);
        assertAccepted(harness.post("/v1/ingest", '\uFEFF' + body));
        assertAccepted(harness.post("/v1/batch", "\uFEFF{\"namespace\":\"n\",\"events\":[" + event("full", 2, "") + "]}"));
        final HttpResponse<String> twice = harness.post("/v1/ingest", "\uFEFF\uFEFF" + body);
        assertEquals("malformed_json", codeOf(twice));
        assertEquals(3, JACKSON.readTree(twice.body()).get("position").asInt());
        assertEquals("malformed_json", codeOf(harness.post("/v1/ingest", body.getBytes(StandardCharsets.UTF_16))));
        assertEquals("malformed_json", codeOf(harness.post("/v1/ingest", new byte[]{(byte) 0xEF, (byte) 0xBB})));
    }

    @ParameterizedTest
    @CsvSource({"/v1/ingest?acks=applied,unknown_parameter,acks", "/v1/batch?Ack=applied,unknown_parameter,Ack",
        "/v1/ingest?ack=applied&ack=journaled,duplicate_parameter,ack", "/v1/ingest?ack=Applied,invalid_ack,ack"})
    void parametersThatItDoesNotKnowAreRefused(final String path, final String code, final String field) {
        final HttpResponse<String> response = harness.post(path, "{}");
        assertEquals(400, response.statusCode());
        assertEquals(code, codeOf(response));
        assertEquals(field, JACKSON.readTree(response.body()).get("field").asString());
    }

    @Test
    void headersAreOnceAndGoBehindTheBody() {
        final String event = "{\"event_id\":1,\"event_time\":" + T + "}";
        assertEquals("duplicate_header", codeOf(harness.post("/v1/ingest", event, "X-Namespace", "n", "X-Namespace", "m", "X-Table", "t")));
        assertEquals("duplicate_header", codeOf(harness.post("/v1/ingest", event, "X-Namespace", "n", "X-Table", "t", "x-table", "u")));
        assertAccepted(harness.post("/v1/ingest", event, "X-Namespace", "n", "X-Namespace", "n", "X-Table", "t"));
        assertEquals("invalid_namespace", codeOf(harness.post("/v1/ingest", event, "X-Namespace", "", "X-Table", "t")));
        assertAccepted(harness.post("/v1/ingest", event.replaceFirst("\\{", "{\"namespace\":\"own\",\"table\":\"o\","), "X-Namespace", "n",
            "X-Table", "t"));
        assertTrue(harness.control.catalog().tables().values().stream().anyMatch(
            table -> "own".equals(table.namespace()) && "o".equals(table.name())), "a header stands in where the body names none");
    }

    @Test
    void encodingsOfTheBodyAreRefusedByName() {
        final String event = "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":1,\"event_time\":" + T + "}";
        final HttpResponse<String> response = harness.post("/v1/ingest", event, "Content-Encoding", "gzip");
        assertEquals(415, response.statusCode());
        assertEquals("unsupported_content_encoding", codeOf(response));
        assertAccepted(harness.post("/v1/ingest", event, "Content-Encoding", "identity"));
        assertEquals("unsupported_charset", codeOf(harness.post("/v1/ingest", event, "Content-Type", "application/json; charset=latin1")));
    }

    /** Names are judged here, so that control need not be asked, by the rule that control has. */
    @Test
    void judgesNamesAsControlDoes() {
        final RandomGenerator random = Seeds.random("judgesNamesAsControlDoes");
        final String alphabet = "aZ09_.- /\0é";
        final NameSlice slice = new NameSlice();
        for (int i = 0; i < 20_000; i++) {
            final StringBuilder name = new StringBuilder();
            for (int length = random.nextInt(4); length >= 0; length--) {
                name.append(alphabet.charAt(random.nextInt(i % 2 == 0 ? 7 : alphabet.length())));
            }
            slice.set(i % 100 == 0 ? "a".repeat(126) + name : name.toString());
            assertEquals(Names.isIdentifier(slice.toString()), slice.isIdentifier(), slice.toString());
            assertEquals(Names.isDigits(slice.toString()), slice.isDigits(), slice.toString());
            final String column = (i % 50 == 0 ? "ü".repeat(62) : "") + name + CONTROLS.charAt(random.nextInt(CONTROLS.length()));
            final byte[] bytes = column.getBytes(StandardCharsets.UTF_8);
            assertEquals(Names.isColumn(column), EventRules.isColumnName(bytes, 0, bytes.length), column);
        }
    }

    private HttpResponse<String> batch(final String events) {
        return harness.post("/v1/batch", "{\"namespace\":\"n\",\"events\":[" + events + "]}");
    }

    private static JsonNode assertAccepted(final HttpResponse<String> response) {
        assertEquals(202, response.statusCode(), response.body());
        return JACKSON.readTree(response.body());
    }

    private static String codeOf(final HttpResponse<String> response) {
        return JACKSON.readTree(response.body()).get("code").asString();
    }

    private static String event(final String table, final int id, final String dimensions) {
        return "{\"table\":\"" + table + "\",\"event_id\":" + id + ",\"event_time\":" + T + ",\"dims\":{" + dimensions + "}}";
    }
}
