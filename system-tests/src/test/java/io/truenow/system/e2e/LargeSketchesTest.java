package io.truenow.system.e2e;

import io.truenow.fabric.time.WallClock;
import io.truenow.system.load.EventSource;
import io.truenow.system.load.Loader;
import io.truenow.system.model.Event;
import io.truenow.system.model.QuerySpec;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sketches by a dimension of many values, asked by several at once, on a small heap: answered, or refused with a reason. */
@Tag("system")
class LargeSketchesTest {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int CUSTOMERS = 50_000;
    private static final int EVENTS = 400_000;
    private static final int BATCH_EVENTS = 4_000;
    private static final int ASKERS = 6;
    private static final int ROUNDS = 3;
    private static final Set<String> REFUSALS = Set.of("sketches_too_large", "merge_too_large", "answer_too_large", "query_busy");

    private final long startUs = WallClock.INSTANCE.microTime() - TimeUnit.MINUTES.toMicros(25);

    @Test
    void theyAreAnsweredOrRefused() {
        final RandomGenerator random = Seeds.random("largeSketches");
        final int[] next = {0};
        final EventSource source = count -> IntStream.range(0, count).mapToObj(i -> event(next[0]++, random)).toList();
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("large-sketches")).start()) {
            final Loader loader = new Loader(deployment, "large", "events");
            while (next[0] < EVENTS) {
                loader.send(source.next(BATCH_EVENTS));
            }
            final long endUs = startUs + TimeUnit.MINUTES.toMicros(20);
            final QuerySpec count = QuerySpec.count(startUs, endUs);
            final Queue<String> surprises = new ConcurrentLinkedQueue<>();
            final List<Thread> askers = IntStream.range(0, ASKERS).mapToObj(asker -> Thread.ofPlatform().start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    final String query = query(asker, endUs, loader.token());
                    final RestAnswer answer = deployment.post("query", "/v1/query", query);
                    final String code = answer.status() == 200 ? "" : answer.json().path("code").asString();
                    if (answer.status() != 200 && answer.status() != 504 && !REFUSALS.contains(code)) {
                        surprises.add(answer.status() + " " + answer.body());
                    }
                }
            })).toList();
            while (askers.stream().anyMatch(Thread::isAlive)) {
                // others are answered meanwhile
                final RestAnswer answer = deployment.post("query", "/v1/query", count.toJson("large", "events", loader.token()));
                assertEquals(200, answer.status(), answer.body());
                assertEquals(EVENTS, answer.json().path("results").path(0).path("count").asInt());
            }
            assertEquals(List.of(), List.copyOf(surprises));
            assertTrue(deployment.process(Deployment.STANDALONE).isAlive());

            final RestAnswer refusal = deployment.post("query", "/v1/query", query(0, endUs, loader.token()));
            assertEquals(422, refusal.status(), refusal.body().substring(0, Math.min(1_000, refusal.body().length())));
            assertEquals("sketches_too_large", refusal.json().path("code").asString(), refusal.body());
            assertTrue(refusal.json().path("limit_bytes").asLong() > 0, refusal.body());
            Await.until("what they held is given back", LIMIT, () -> deployment.get("hot-tier", "/status").json()
                .path("memory").path("tags").path("query").path("used_bytes").asLong() < 32 << 20);
        }
    }

    /** The first asks for so much that none may have it; the others for less, together for too much. */
    private String query(final int asker, final long endUs, final String token) {
        final StringBuilder aggregates = new StringBuilder();
        for (int i = 0; i < (asker == 0 ? 3 : 1); i++) {
            aggregates.append("\"q").append(i).append("\":{\"quantile\":\"m").append(i).append("\",\"rank\":0.9},");
        }
        return "{\"namespace\":\"large\",\"table\":\"events\",\"start_time\":" + startUs + ",\"end_time\":" + endUs
            + ",\"timeout_ms\":30000,\"group_by\":[\"" + (asker % 2 == 0 ? "customer" : "page") + "\"],\"limit\":100,\"aggregates\":{"
            + aggregates + "\"d\":{\"distinct\":\"" + (asker % 2 == 0 ? "page" : "customer") + "\"}}" + ",\"token\":\"" + token + "\"}";
    }

    private Event event(final int number, final RandomGenerator random) {
        final long offsetUs = TimeUnit.MINUTES.toMicros(20) * number / EVENTS;
        return new Event("e" + number, startUs + offsetUs,
            Map.of("customer", "c" + random.nextInt(CUSTOMERS - 1), "page", "p" + random.nextInt(20_000)),
            Map.of("m0", random.nextLong(1L << 40), "m1", random.nextLong(1L << 40), "m2", random.nextLong(1L << 40)));
    }
}
