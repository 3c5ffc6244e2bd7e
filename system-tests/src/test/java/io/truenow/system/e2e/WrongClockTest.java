package io.truenow.system.e2e;

import io.truenow.fabric.time.RetentionClock;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A machine whose clock is 30 hours ahead at a start, as with a dead battery, and then right again. */
@Tag("system")
class WrongClockTest {
    private static final Duration AHEAD = Duration.ofHours(30);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);
    private static final long DAY_US = 24 * HOUR_US;
    private static final String SERVICE = Deployment.STANDALONE;

    @Test
    void loseNothingThatWasAcknowledgedAndTellWhatABelievedLeapHasCost() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("wrong-clock"))
            .expect("WARN RetentionClock - .* has leapt ahead by ").expect("WARN RetentionClock - .* has gone back by ")
            .expect("WARN LaneShard - shard .* but has lost those before ")) {
            deployment.wallClock().set(Duration.ZERO);
            deployment.start();
            final long firstUs = deployment.wallClock().microTime();
            accept(deployment, "first", firstUs);
            accept(deployment, "old", firstUs - 20 * HOUR_US);
            assertEquals(0, leapSeconds(deployment, "hot-tier"));
            deployment.stop(SERVICE);

            // nobody knows whether it is right: nothing grows old by it, and that is told
            deployment.wallClock().set(AHEAD);
            deployment.restart(SERVICE);
            assertIsSuspected(deployment, "hot-tier");
            assertIsSuspected(deployment, "gateway");
            final long aheadUs = deployment.wallClock().microTime();
            accept(deployment, "ahead", aheadUs);
            assertCount(2, deployment, firstUs - DAY_US, firstUs + 1);
            deployment.stop(SERVICE);

            deployment.wallClock().set(Duration.ZERO);
            deployment.restart(SERVICE);
            assertEquals(0, leapSeconds(deployment, "hot-tier"));
            final long secondUs = deployment.wallClock().microTime();
            for (int hours = 0; hours < 24; hours += 4) {
                accept(deployment, "second " + hours, secondUs - hours * HOUR_US);
            }
            assertCount(8, deployment, secondUs - DAY_US, deployment.wallClock().microTime());
            assertCount(1, deployment, aheadUs - 1, aheadUs + 1);
            assertEquals(0, deployment.metric("hot-tier", "truenow_hot_tier_rows_expired_total"));
            assertEquals(0, deployment.metric("hot-tier", "truenow_hot_tier_spans_expired_total"));
            deployment.stop(SERVICE);

            // somebody says that it is right
            deployment.set("hot-tier.clock-leap-after", "0s").set("gateway.clock-leap-after", "0s");
            deployment.wallClock().set(AHEAD);
            deployment.restart(SERVICE);
            Await.until("rows have grown old", LIMIT, () -> deployment.metric("hot-tier", "truenow_hot_tier_spans_expired_total") >= 6);
            assertEquals("range_not_retained", query(deployment, secondUs - DAY_US, secondUs, false).json().path("code").asString());
            assertEquals("event_too_old", send(deployment, "late", secondUs).json().path("code").asString());
            deployment.stop(SERVICE);

            // it was not: what was let go is told, and what comes is kept
            deployment.wallClock().set(Duration.ZERO);
            deployment.restart(SERVICE);
            final long thirdUs = deployment.wallClock().microTime();
            accept(deployment, "third", thirdUs);
            assertCount(1, deployment, thirdUs, deployment.wallClock().microTime());
            assertCount(1, deployment, aheadUs - 1, aheadUs + 1);
            assertEquals("range_incomplete", query(deployment, secondUs - HOUR_US, thirdUs + 1, false).json().path("code").asString());
            final JsonNode missing = query(deployment, secondUs - HOUR_US, thirdUs + 1, true).json().path("metadata").path("partial");
            assertTrue(missing.toString().contains("missing"), missing.toString());
            assertEquals(0, deployment.metric("hot-tier", "truenow_hot_tier_rows_expired_total"));
        }
    }

    private static void assertIsSuspected(final Deployment deployment, final String service) {
        Await.until("the leap is told", LIMIT, () -> leapSeconds(deployment, service) > RetentionClock.LEAP.toSeconds());
        final JsonNode clock = deployment.get(service, "/status").json().path("clock");
        assertTrue(Math.abs(clock.path("suspected_leap_seconds").asLong() - AHEAD.toSeconds()) < 600, clock.toString());
        assertTrue(deployment.process(SERVICE).output().contains(service + ": the wall clock has leapt ahead by "));
    }

    private static double leapSeconds(final Deployment deployment, final String service) {
        return deployment.metric(service, "truenow_" + service.replace('-', '_') + "_clock_leap_seconds");
    }

    /** What is accepted is applied: 504 would say that it is not yet. */
    private static void accept(final Deployment deployment, final String id, final long timeUs) {
        Await.until(id + " is accepted", LIMIT, () -> {
            final RestAnswer answer = send(deployment, id, timeUs);
            assertTrue(answer.status() == 202 || answer.status() == 503, answer.body());
            return answer.status() == 202;
        });
    }

    private static RestAnswer send(final Deployment deployment, final String id, final long timeUs) {
        return deployment.post("gateway", "/v1/ingest?ack=applied",
            "{\"namespace\":\"n\",\"table\":\"t\",\"event_id\":\"" + id + "\",\"event_time\":" + timeUs + "}");
    }

    private static void assertCount(final long expected, final Deployment deployment, final long startUs, final long endUs) {
        final RestAnswer answer = query(deployment, startUs, endUs, false);
        assertEquals(200, answer.status(), answer.body());
        assertEquals(expected, answer.json().path("results").path(0).path("count").asLong(), answer.body());
    }

    private static RestAnswer query(final Deployment deployment, final long startUs, final long endUs, final boolean partial) {
        return deployment.post("query", "/v1/query",
            "{\"namespace\":\"n\",\"table\":\"t\",\"start_time\":" + startUs + ",\"end_time\":" + endUs
            + ",\"aggregate\":\"count\",\"partial\":" + partial + "}");
    }
}
