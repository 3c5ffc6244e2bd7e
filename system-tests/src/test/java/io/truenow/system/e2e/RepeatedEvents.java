package io.truenow.system.e2e;

import io.truenow.client.ingest.ClientContext;
import io.truenow.client.ingest.EventAppender;
import io.truenow.client.ingest.IngestListener;
import io.truenow.client.ingest.TrueNowClient;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.Answers;
import io.truenow.system.model.QuerySpec;
import io.truenow.system.process.Deployment;
import io.truenow.tools.rest.RestAnswer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Ids that come again, with their time and with others, over REST and from the Aeron client, in a table that tells events apart by id and
 * in one that does by id and time. Of a deployment in one process.
 */
final class RepeatedEvents {
    private static final String NAMESPACE = "repeated";
    private static final String BY_ID = "by_id";
    private static final String BY_ID_AND_TIME = "by_id_and_time";
    private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);

    private final Deployment deployment;
    private final long timeUs = WallClock.INSTANCE.microTime() - 3 * HOUR_US;
    private final Event rest = new Event("r", timeUs);
    private final Event restLater = new Event("r", timeUs + HOUR_US);
    private final Event client = new Event("c", timeUs);
    private final Event clientLater = new Event("c", timeUs + 1);

    private record Event(String id, long timeUs) {
        private String json(final String table) {
            return "{\"namespace\":\"" + NAMESPACE + "\",\"table\":\"" + table + "\",\"event_id\":\"" + id + "\",\"event_time\":" + timeUs
                + '}';
        }
    }

    RepeatedEvents(final Deployment deployment) {
        this.deployment = deployment;
    }

    void createTables() {
        final String tables = "/v1/namespaces/" + NAMESPACE + "/tables";
        assertEquals(201, deployment.post("control", "/v1/namespaces", "{\"name\":\"" + NAMESPACE + "\"}").status());
        final RestAnswer created =
            deployment.post("control", tables, "{\"name\":\"" + BY_ID_AND_TIME + "\",\"identity\":\"id_and_time\"}");
        assertEquals(201, created.status(), created.body());
        // the other one comes with its first event
        sendFirst(BY_ID, 2, 1, 2);
        final double otherTimes = otherTimes();
        sendFirst(BY_ID_AND_TIME, 1, 0, 5);
        assertEquals(otherTimes, otherTimes(), "a repeat has the same time");
        final String listed = deployment.get("control", tables).body();
        assertTrue(listed.contains("\"identity\":\"id\"") && listed.contains("\"identity\":\"id_and_time\""), listed);
    }

    /** After a restart: all that was sent is known, and a time that was not sent is another event or not. */
    void sendAgain() {
        sendAgain(BY_ID, 1, 2);
        sendAgain(BY_ID_AND_TIME, 0, 6);
    }

    private void sendFirst(final String table, final int repeatedInBatch, final int repeatedWithOtherTime, final int events) {
        assertEquals(repeatedInBatch, overRest(table, rest, restLater, rest));
        assertEquals(3, overRest(table, rest, restLater, rest));
        assertEquals(repeatedInBatch, byClient(table, client, clientLater, client));
        assertEquals(3, byClient(table, client, clientLater, client));
        // each door knows what came by the other
        assertEquals(2, overRest(table, client, clientLater));
        assertEquals(2, byClient(table, rest, restLater));
        assertEquals(repeatedWithOtherTime, byClient(table, new Event("r", timeUs + 2)));
        assertEquals(events, count(table));
    }

    private void sendAgain(final String table, final int repeatedWithOtherTime, final int events) {
        assertEquals(4, overRest(table, rest, restLater, client, clientLater));
        assertEquals(4, byClient(table, rest, restLater, client, clientLater));
        assertEquals(repeatedWithOtherTime, overRest(table, new Event("c", timeUs + 2)));
        assertEquals(events, count(table));
    }

    /** How many of them were repeated. */
    private int overRest(final String table, final Event... events) {
        final RestAnswer answer = deployment.post("gateway", "/v1/batch?ack=applied",
            List.of(events).stream().map(event -> event.json(table)).collect(Collectors.joining(",", "{\"events\":[", "]}")));
        assertEquals(202, answer.status(), answer.body());
        return answer.json().path("events_repeated").asInt(-1);
    }

    /** How many of them were repeated. */
    private int byClient(final String table, final Event... events) {
        final Heard heard = new Heard();
        try (TrueNowClient aeron = TrueNowClient.connect(new ClientContext()
            .aeronDirectory(deployment.driverDirectory(Deployment.STANDALONE).toString()).ipc()
            .ackLevel(AckLevel.APPLIED).timeout(Duration.ofSeconds(30)).listener(heard))) {
            final EventAppender appender = aeron.bind(NAMESPACE, table, List.of(), List.of());
            for (final Event event : events) {
                appender.startEvent(event.id.getBytes(StandardCharsets.UTF_8), event.timeUs);
                assertTrue(appender.endEvent());
            }
            aeron.drain();
        }
        assertEquals(events.length, heard.applied);
        return heard.repeated;
    }

    private long count(final String table) {
        final RestAnswer answer = new Answers(deployment, NAMESPACE, table).ask(
            QuerySpec.count(timeUs - HOUR_US, timeUs + 2 * HOUR_US), null);
        return answer.json().path("results").path(0).path("count").asLong();
    }

    private double otherTimes() {
        return deployment.metric("hot-tier", "truenow_hot_tier_rows_repeated_other_time_total");
    }

    private static final class Heard implements IngestListener {
        private int applied;
        private int repeated;

        @Override
        public void onAcknowledged(final long batchId, final int rows, final Position position, final AckLevel reached) {
            assertEquals(AckLevel.APPLIED, reached);
            applied += rows;
        }

        @Override
        public void onRepeated(final long batchId, final int rows) {
            repeated += rows;
        }

        @Override
        public void onRejected(final long batchId, final int rows, final String code, final String message) {
            throw new AssertionError(code + ": " + message);
        }
    }
}
