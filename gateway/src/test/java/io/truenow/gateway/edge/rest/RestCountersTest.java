package io.truenow.gateway.edge.rest;

import io.truenow.gateway.ExposedMetrics;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the REST edge counts, and that it gives back what a request held however the request ends. */
class RestCountersTest {
    private static final String PREFIX = "truenow_gateway_rest_";
    private static final long T = RestHarness.NOW_US;

    @Test
    void countsEventsAsTheyAreAnswered() {
        try (RestHarness harness = new RestHarness()) {
            assertEquals(202, harness.post("/v1/ingest", event("1")).statusCode());
            assertEquals(202, harness.post("/v1/batch", batch(3,
                "{\"event_time\":1},{\"event_time\":1},{\"event_id\":2,\"event_time\":1}")).statusCode());
            assertEquals(400, harness.post("/v1/ingest", event("").replace("\"event_id\":\"\",", "")).statusCode());
            assertEquals(400, harness.post("/v1/batch", batch(0, "{\"event_time\":" + T + "}")).statusCode());
            assertEquals(4, value(harness, "events_accepted_total"));
            assertEquals(4, value(harness, "events_rejected_total{code=\"missing_event_id\"}"));
            assertEquals(1, value(harness, "events_rejected_total{code=\"event_too_old\"}"));
            assertEquals(5, ExposedMetrics.sum(harness.metrics, PREFIX + "events_rejected_total"));
            assertEquals(0, value(harness, "refused_busy_total"));
            assertTrue(value(harness, "parse_nanoseconds_total") > 0);
            assertTrue(value(harness, "parse_bytes_total") >= event("1").length());
            assertIdle(harness);
        }
    }

    @Test
    void countsNothingThatTheJournalRefused() {
        try (RestHarness harness = new RestHarness()) {
            harness.journal.outcome(IngestOutcome.JOURNAL_FULL);
            assertEquals(503, harness.post("/v1/batch", batch(3, "{\"event_time\":1}")).statusCode());
            assertEquals(0, value(harness, "events_accepted_total"));
            assertEquals(0, ExposedMetrics.sum(harness.metrics, PREFIX + "events_rejected_total"));
            harness.journal.outcome(IngestOutcome.NOT_APPLIED_IN_TIME);
            // late, but kept
            assertEquals(504, harness.post("/v1/batch?ack=applied", batch(3, "{\"event_time\":1}")).statusCode());
            assertEquals(3, value(harness, "events_accepted_total"));
            assertEquals(1, ExposedMetrics.sum(harness.metrics, PREFIX + "events_rejected_total"));
            assertIdle(harness);
        }
    }

    @Test
    void countsWhatIsInFlightAndWhatIsRefusedForIt() {
        try (RestHarness small = new RestHarness(1, 2, 1 << 20, 1_000)) {
            assertEquals(1 << 20, ExposedMetrics.value(small.metrics, "truenow_http_client_bytes_limit{service=\"gateway\"}"));
            assertEquals(202, small.post("/v1/ingest", event("1")).statusCode());
            assertIdle(small);
            small.journal.pause(true);
            final CompletableFuture<HttpResponse<String>> first = small.postLater("/v1/ingest", event("2"));
            Await.until("the first is in the journal's queue", () -> small.journal.queued() == 1);
            // its body, and the batch made of it
            assertTrue(heldBytes(small) > event("2").length());
            final CompletableFuture<HttpResponse<String>> second = small.postLater("/v1/ingest", event("4"));
            Await.until("the queue is full", () -> small.journal.queued() == 2);
            assertEquals(503, small.post("/v1/ingest", event("5")).statusCode());
            assertEquals(1, value(small, "refused_busy_total"));
            small.journal.pause(false);
            assertEquals(202, first.join().statusCode());
            assertEquals(202, second.join().statusCode());
            assertEquals(3, value(small, "events_accepted_total"));
            assertIdle(small);
        }
    }

    @Test
    void givesBackWhatARequestHeldThatWaitedForControlInVain() {
        try (RestHarness impatient = new RestHarness(1, 16, 1 << 20, 20)) {
            impatient.control.hold(true);
            assertEquals(503, impatient.post("/v1/ingest", event("1")).statusCode());
            assertIdle(impatient);
            impatient.control.hold(false);
            impatient.control.away(true);
            assertEquals(503, impatient.post("/v1/ingest", event("1").replace("orders", "others")).statusCode());
            assertIdle(impatient);
        }
    }

    /** As many failures as may be in flight: one slot or a few bytes lost by each, and the last request is refused. */
    @Test
    void givesBackBudgetAndSlotWhenReadingThrows() throws IOException {
        try (RestHarness harness = new RestHarness(1, 16, 1 << 20, 1_000)) {
            assertEquals(202, harness.post("/v1/ingest", event("1")).statusCode());
            harness.control.fail(true);
            final byte[] request = request(event("2"));
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), harness.port())) {
                // one connection is served by one loop, which keeps the count of its requests
                for (int i = 0; i <= RestLoop.MAX_IN_FLIGHT; i++) {
                    socket.getOutputStream().write(request);
                    if (i % 64 == 63) {
                        assertAnswers(socket.getInputStream(), 64, "HTTP/1.1 500 ");
                    }
                }
                assertAnswers(socket.getInputStream(), (RestLoop.MAX_IN_FLIGHT + 1) % 64, "HTTP/1.1 500 ");
                assertIdle(harness);
                harness.control.fail(false);
                socket.getOutputStream().write(request);
                assertAnswers(socket.getInputStream(), 1, "HTTP/1.1 202 ");
            }
            assertEquals(RestLoop.MAX_IN_FLIGHT + 1, harness.errors.size());
            harness.errors.clear();
            assertEquals(2, value(harness, "events_accepted_total"));
        }
    }

    @Test
    void takesAsManyEventsAsTheLimitSaysAndNoneBeyond() {
        try (RestHarness harness = new RestHarness()) {
            final HttpResponse<String> most = harness.post("/v1/batch", batch(RequestReader.MAX_EVENTS, null));
            assertEquals(202, most.statusCode(), most.body());
            assertEquals(RequestReader.MAX_EVENTS, value(harness, "events_accepted_total"));
            while (harness.journal.pollBatch() != null) {
                // what the first request left
            }
            final HttpResponse<String> more = harness.post("/v1/batch", batch(RequestReader.MAX_EVENTS + 1, null));
            assertEquals(413, more.statusCode());
            assertEquals("too_many_events", new ObjectMapper().readTree(more.body()).get("code").asString());
            assertNull(harness.journal.pollBatch());
            assertEquals(RequestReader.MAX_EVENTS, value(harness, "events_accepted_total"));
            assertIdle(harness);
        }
    }

    private static double value(final RestHarness harness, final String series) {
        return ExposedMetrics.value(harness.metrics, PREFIX + series);
    }

    /** The answer may be at the client before the loop has given back what the request held. */
    private static void assertIdle(final RestHarness harness) {
        Await.until("nothing in flight", () -> heldBytes(harness) == 0);
    }

    private static double heldBytes(final RestHarness harness) {
        return ExposedMetrics.value(harness.metrics, "truenow_http_client_bytes{service=\"gateway\"}");
    }

    private static String event(final String id) {
        return "{\"namespace\":\"shop\",\"table\":\"orders\",\"event_id\":\"" + id + "\",\"event_time\":" + T + "}";
    }

    private static String batch(final int good, final String bad) {
        final StringBuilder events = new StringBuilder();
        for (int i = 0; i < good; i++) {
            events.append(i == 0 ? "" : ",").append("{\"event_id\":").append(i).append(",\"event_time\":").append(T).append('}');
        }
        if (bad != null) {
            events.append(good == 0 ? "" : ",").append(bad);
        }
        return "{\"namespace\":\"shop\",\"table\":\"orders\",\"events\":[" + events + "]}";
    }

    private static byte[] request(final String body) {
        return ("POST /v1/ingest HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
            .getBytes(StandardCharsets.US_ASCII);
    }

    private static void assertAnswers(final InputStream in, final int count, final String statusLine) throws IOException {
        for (int i = 0; i < count; i++) {
            String line = readLine(in);
            assertTrue(line.startsWith(statusLine), line);
            int lengthBytes = 0;
            while (!line.isEmpty()) {
                line = readLine(in);
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
                    lengthBytes = Integer.parseInt(line.substring("content-length: ".length()));
                }
            }
            in.readNBytes(lengthBytes);
        }
    }

    private static String readLine(final InputStream in) throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n' && b >= 0; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
