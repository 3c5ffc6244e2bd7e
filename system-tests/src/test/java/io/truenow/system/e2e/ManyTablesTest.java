package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Thousands of small tables on one lane; {@code -Dtruenow.test.tables} makes them more. */
@Tag("system")
class ManyTablesTest {
    private static final Logger LOGGER = LoggerFactory.getLogger(ManyTablesTest.class);
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int TABLES = Integer.getInteger("truenow.test.tables", 4_000);
    private static final int TABLES_PER_REQUEST = 50;
    private static final int EVENTS = 10;
    private static final int ASKED = 200;
    private static final long MAX_BYTES_PER_TABLE = 64 << 10;

    private final RandomGenerator random = Seeds.random("manyTables");
    private final long nowUs = WallClock.INSTANCE.microTime();

    @Test
    void areCreatedServedAndThereAfterAKill() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("many-tables")).start()) {
            final long startNs = System.nanoTime();
            for (int from = 0; from < TABLES; from += TABLES_PER_REQUEST) {
                send(deployment, from, Math.min(TABLES, from + TABLES_PER_REQUEST));
            }
            final long createdNs = System.nanoTime();
            areServed(deployment);
            final long bytes = bytes(deployment);
            LOGGER.info("{} tables of {} events: made in {} ms, {} bytes a table", TABLES, EVENTS,
                TimeUnit.NANOSECONDS.toMillis(createdNs - startNs), bytes / TABLES);
            assertTrue(bytes / TABLES < MAX_BYTES_PER_TABLE, bytes + " bytes for " + TABLES + " tables");

            deployment.kill(Deployment.STANDALONE);
            final long killedNs = System.nanoTime();
            deployment.restart(Deployment.STANDALONE);
            areServed(deployment);
            LOGGER.info("after a kill all are served in {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNs));
            assertTrue(deployment.metric("hot-tier", "truenow_hot_tier_rows_applied_total") < TABLES * EVENTS / 10.0,
                "rows were fed again");
        }
    }

    private void areServed(final Deployment deployment) {
        Await.until("all events are held", LIMIT, () -> {
            final JsonNode stats = deployment.get("query", "/v1/stats").json();
            return stats.path("total_events").asLong() == (long)TABLES * EVENTS && stats.path("incomplete").isMissingNode();
        });
        for (int i = 0; i < ASKED; i++) {
            final int table = i == 0 ? TABLES - 1 : random.nextInt(TABLES);
            final String query = "{\"namespace\":\"many\",\"table\":\"t" + table + "\",\"start_time\":" + (nowUs - EVENTS)
                + ",\"end_time\":" + nowUs + ",\"metric\":\"x\",\"group_by\":[\"k\"]}";
            final RestAnswer[] answer = new RestAnswer[1];
            Await.until("an answer", LIMIT, () -> {
                answer[0] = deployment.post("query", "/v1/query", query);
                return answer[0].status() != 503 && answer[0].status() != 504;
            });
            assertEquals(200, answer[0].status(), answer[0].body());
            final JsonNode results = answer[0].json().path("results");
            assertEquals(2, results.size(), answer[0].body());
            for (final JsonNode row : results) {
                final long odd = row.path("group").asString().equals("k:v1") ? 1 : 0;
                assertEquals(EVENTS / 2, row.path("count").asLong(), answer[0].body());
                final long sum = IntStream.range(0, EVENTS).filter(event -> event % 2 == odd).mapToLong(event -> table + event).sum();
                assertEquals(sum, row.path("sum").asLong(), answer[0].body());
            }
        }
    }

    private void send(final Deployment deployment, final int from, final int to) {
        final String body = "{\"namespace\":\"many\",\"events\":[" + IntStream.range(from * EVENTS, to * EVENTS)
            .mapToObj(i -> event(i / EVENTS, i % EVENTS)).collect(Collectors.joining(",")) + "]}";
        final RestAnswer[] answer = new RestAnswer[1];
        Await.until("tables are made", LIMIT, () -> {
            answer[0] = deployment.post("gateway", "/v1/batch", body);
            return answer[0].status() != 503 && answer[0].status() != 504;
        });
        assertEquals(202, answer[0].status(), answer[0].body());
        assertEquals((to - from) * EVENTS, answer[0].json().path("events_accepted").asInt(), answer[0].body());
    }

    private String event(final int table, final int event) {
        return "{\"table\":\"t" + table + "\",\"event_id\":" + event + ",\"event_time\":" + (nowUs - 1 - event)
            + ",\"dimensions\":{\"k\":\"v" + event % 2 + "\"},\"metrics\":{\"x\":" + (table + event) + "}}";
    }

    private static long bytes(final Deployment deployment) {
        long bytes = 0;
        for (final JsonNode use : deployment.get("hot-tier", "/status").json().path("lanes").path(0).path("bytes")) {
            bytes += use.asLong();
        }
        return bytes;
    }
}
