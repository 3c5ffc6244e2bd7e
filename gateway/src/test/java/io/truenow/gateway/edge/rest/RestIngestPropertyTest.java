package io.truenow.gateway.edge.rest;

import io.truenow.codecs.ingest.ColumnKind;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.position.Token;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.EventIdHash;
import io.truenow.format.batch.TableBinding;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random events in random shapes, posted over HTTP: the batches in the journal hold what a plain model says. */
class RestIngestPropertyTest {
    private static final ObjectMapper JACKSON = new ObjectMapper();
    private static final String[] TABLES = {"orders", "clicks", "sensor-data", "T_1.x"};

    private final long seed = Seeds.seed("RestIngestPropertyTest");
    private final Random random = new Random(seed);

    @Test
    void batchesHoldWhatWasPosted() throws Exception {
        try (RestHarness harness = new RestHarness()) {
            for (int round = 0; round < 300; round++) {
                final List<Event> accepted = new ArrayList<>();
                final List<Integer> rejected = new ArrayList<>();
                final HttpResponse<String> response;
                if (random.nextInt(3) == 0) {
                    final Event event = event(true);
                    final ObjectNode json = event.json(true);
                    response = harness.post(
                        "/v1/ingest" + (random.nextBoolean() ? "" : "?ack=applied"), write(json), "X-Namespace", "ignored", "X-Table",
                        "ignored");
                    accepted.add(event);
                    assertEquals(event.id, JACKSON.readTree(response.body()).get("event_id").asString(), about(round, response));
                } else {
                    response = postBatch(harness, accepted, rejected);
                }
                assertEquals(accepted.isEmpty() ? 400 : 202, response.statusCode(), about(round, response));
                final JsonNode reply = JACKSON.readTree(response.body());
                if (reply.has("rejected")) {
                    final List<Integer> actual = new ArrayList<>();
                    reply.get("rejected").forEach(entry -> actual.add(entry.get("index").asInt()));
                    assertEquals(rejected, actual, about(round, response));
                    assertEquals(accepted.size(), reply.get("events_accepted").asInt());
                    assertEquals(accepted.size() + rejected.size(), reply.get("events_received").asInt());
                }
                check(harness, accepted, reply, about(round, response));
            }
        }
    }

    private HttpResponse<String> postBatch(final RestHarness harness, final List<Event> accepted, final List<Integer> rejected) {
        final boolean ownTables = random.nextBoolean();
        final String outerTable = TABLES[random.nextInt(TABLES.length)];
        final ArrayNode events = JACKSON.createArrayNode();
        // Some with enough rows for several batches.
        final int count = 1 + random.nextInt(random.nextInt(20) == 0 ? 3_000 : 30);
        for (int i = 0; i < count; i++) {
            final Event event = event(false);
            if (random.nextInt(8) == 0) {
                events.add(spoilt(event));
                rejected.add(i);
                continue;
            }
            if (!ownTables) {
                event.namespace = "shop";
                event.table = outerTable;
            }
            events.add(event.json(ownTables));
            accepted.add(event);
        }
        final boolean byHeaders = random.nextInt(4) == 0;
        final List<String> members = new ArrayList<>(List.of("\"events\":" + write(events)));
        if (!byHeaders) {
            members.add("\"namespace\":\"shop\"");
            members.add("\"table\":\"" + outerTable + "\"");
        }
        Collections.shuffle(members, random);
        final String body = "{" + String.join(random.nextBoolean() ? "," : " ,\n", members) + "}";
        final String path = random.nextBoolean() ? "/v1/batch" : "/v1/ingest";
        return byHeaders ? harness.post(path, body, "X-Namespace", "shop", "X-Table", outerTable) : harness.post(path, body);
    }

    private void check(final RestHarness harness, final List<Event> accepted, final JsonNode reply, final String about) {
        final List<String> expected = new ArrayList<>();
        for (final Event event : accepted) {
            final Table table = harness.control.catalog().table(event.namespace, event.table);
            expected.add(event.describe(table));
        }
        final List<String> actual = new ArrayList<>();
        final TreeMap<Integer, Long> positions = new TreeMap<>();
        for (byte[] bytes = harness.journal.pollBatch(); bytes != null; bytes = harness.journal.pollBatch()) {
            final BatchView view = new BatchView().wrap(new UnsafeBuffer(bytes), 0, bytes.length);
            assertTrue(view.isValid(), about);
            assertEquals(RestHarness.NOW_US, view.acceptTimeUs());
            positions.merge(view.shardId(), view.sequence(), Math::max);
            final Table table = harness.control.catalog().table(view.tableId());
            for (int row = 0; row < view.rowCount(); row++) {
                final int shard = TableBinding.of(table).shardIndex(view.idHigh(row));
                assertEquals(view.shardId(), table.shardIds().get(shard));
                actual.add(describe(view, row, table));
            }
        }
        Collections.sort(expected);
        Collections.sort(actual);
        assertEquals(expected, actual, about);
        if (!accepted.isEmpty()) {
            final Token token = Token.decode(reply.get("token").asString());
            final TreeMap<Integer, Long> tokenPositions = new TreeMap<>();
            for (final Position position : token.positions()) {
                tokenPositions.put(position.shardId(), position.sequence());
            }
            assertEquals(positions, tokenPositions, about);
            assertEquals(harness.control.catalog().version(), token.catalogVersion());
        }
    }

    private static String describe(final BatchView view, final int row, final Table table) {
        final TreeMap<String, String> columns = new TreeMap<>();
        for (int column = 0; column < view.columnCount(); column++) {
            if (view.kind(column) == ColumnKind.DIMENSION) {
                final int code = view.dimensionCode(column, row);
                if (code != 0) {
                    final byte[] value = new byte[view.dictionaryLength(column, code)];
                    view.buffer().getBytes(view.dictionaryOffset(column, code), value);
                    columns.put("d " + table.dimensions().get(view.ordinal(column)), new String(value, StandardCharsets.UTF_8));
                }
            } else if (view.kind(column) == ColumnKind.METRIC && !view.isNull(column, row)) {
                columns.put("m " + table.metrics().get(view.ordinal(column)), Double.toString(view.metric(column, row)));
            }
        }
        return table.namespace() + '/' + table.name() + ' ' + view.idHigh(row) + ' ' + view.idLow(row) + ' ' + view.eventTimeUs(row) + ' '
            + columns;
    }

    private Event event(final boolean single) {
        final Event event = new Event();
        event.namespace = single || random.nextBoolean() ? "shop" : "other";
        event.table = TABLES[random.nextInt(TABLES.length)];
        event.idIsNumber = random.nextInt(4) == 0;
        event.id = event.idIsNumber ? Long.toString(random.nextLong()) : "id-" + text(20);
        event.timeUs = RestHarness.NOW_US - random.nextLong(86_000_000_000L) + 1_000_000L * random.nextInt(60);
        for (int i = random.nextInt(8); i > 0; i--) {
            final String name = "dim" + random.nextInt(12);
            switch (random.nextInt(5)) {
                case 0 -> event.dimensions.put(name, JACKSON.getNodeFactory().numberNode(random.nextInt(1_000)));
                case 1 -> event.dimensions.put(name, JACKSON.getNodeFactory().booleanNode(random.nextBoolean()));
                case 2 -> event.dimensions.put(name, JACKSON.getNodeFactory().nullNode());
                default -> event.dimensions.put(name, JACKSON.getNodeFactory().stringNode(text(30)));
            }
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            event.metrics.put("metric-\u00e9" + random.nextInt(6), random.nextInt(6) == 0 ? null
                : random.nextBoolean() ? random.nextInt(10_000) / 100.0 : random.nextGaussian() * 1e6);
        }
        return event;
    }

    /** An event with one thing wrong. */
    private ObjectNode spoilt(final Event event) {
        final ObjectNode json = event.json(true);
        switch (random.nextInt(7)) {
            case 0 -> json.remove("event_id");
            case 1 -> json.remove("event_time");
            case 2 -> json.put("event_time", RestHarness.NOW_US - 86_400_000_001L);
            case 3 -> json.put("event_time", RestHarness.NOW_US + 60_000_001L);
            case 4 -> json.putObject("metrics").put("m", "1");
            case 5 -> json.put("surprise", 1);
            default -> json.putObject("dims").put("d", "x".repeat(1_025));
        }
        if (json.has("dims") && json.has("dimensions")) {
            json.remove("dimensions");
        }
        return json;
    }

    private String text(final int maxLength) {
        final StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(maxLength); n > 0; n--) {
            switch (random.nextInt(10)) {
                case 0 -> text.append("\"\\/\b\f\n\r\t\u0000".charAt(random.nextInt(9)));
                case 1 -> text.appendCodePoint(0x80 + random.nextInt(0xD000));
                case 2 -> text.appendCodePoint(0x1_0000 + random.nextInt(0x10_0000));
                default -> text.append((char) ('a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }

    /** Jackson's text, now and then with everything beyond ASCII, and some of ASCII, escaped. */
    private String write(final JsonNode node) {
        final String json = JACKSON.writeValueAsString(node);
        if (random.nextBoolean()) {
            return json;
        }
        final StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < json.length(); i++) {
            final char c = json.charAt(i);
            if (c >= 0x80 || c == 'e' && i > 0 && Character.isLetter(json.charAt(i - 1)) && random.nextBoolean()
                && !"tru".contains(json.substring(i - 1, i))
                && json.charAt(i - 1) != 's') {
                escaped.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }

    private String about(final int round, final HttpResponse<String> response) {
        return "round " + round + ", seed " + seed + ": " + response.statusCode() + ' ' + response.body();
    }

    private final class Event {
        String namespace;
        String table;
        String id;
        boolean idIsNumber;
        long timeUs;
        final TreeMap<String, JsonNode> dimensions = new TreeMap<>();
        final TreeMap<String, Double> metrics = new TreeMap<>();

        ObjectNode json(final boolean withTable) {
            final List<Runnable> members = new ArrayList<>();
            final ObjectNode json = JACKSON.createObjectNode();
            members.add(() -> {
                if (idIsNumber) {
                    json.put("event_id", Long.parseLong(id));
                } else {
                    json.put("event_id", id);
                }
            });
            members.add(() -> json.put("event_time", timeUs));
            if (withTable) {
                members.add(() -> json.put("namespace", namespace));
                members.add(() -> json.put("table", table));
            }
            if (!dimensions.isEmpty() || random.nextBoolean()) {
                members.add(() -> dimensions.forEach(json.putObject(random.nextBoolean() ? "dimensions" : "dims")::set));
            }
            if (!metrics.isEmpty() || random.nextBoolean()) {
                members.add(() -> {
                    final ObjectNode object = json.putObject("metrics");
                    metrics.forEach(object::put);
                });
            }
            Collections.shuffle(members, random);
            members.forEach(Runnable::run);
            return json;
        }

        String describe(final Table schema) {
            final TreeMap<String, String> columns = new TreeMap<>();
            dimensions.forEach((name, value) -> {
                if (!value.isNull()) {
                    columns.put("d " + name, value.asString());
                }
            });
            metrics.forEach((name, value) -> {
                if (value != null) {
                    columns.put("m " + name, Double.toString(value));
                }
            });
            final EventIdHash hash = new EventIdHash(schema.hashKey0(), schema.hashKey1());
            final byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
            hash.hash(bytes, 0, bytes.length);
            return namespace + '/' + table + ' ' + hash.high() + ' ' + hash.low() + ' ' + timeUs + ' ' + columns;
        }
    }
}
