package io.truenow.fabric.http;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Deadlines of headers, bodies, readers and idle connections; connections whose input is over. */
class ClientTimeTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofMinutes(1);

    private static HttpLimits limits(final Duration header, final Duration body, final Duration reply, final Duration idle) {
        return new HttpLimits(100, 2, new ByteSize(16L << 20), LONG, header, body, reply, new ByteSize(10_000), idle);
    }

    @Test
    void aHeaderMustComeWhole() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(SHORT, LONG, LONG, LONG), 1)) {
            for (final String half : new String[]{"G", "GET /health HTTP/1.1\r\n", "GET /health HTTP/1.1\r\nHost: a\r\nX: "}) {
                assertTimedOut(edge.client().send(half));
            }
            // behind a whole request too
            final RawClient pipelining = edge.client().send(BoundedEdge.post("/length", 3, 3) + "GET /hea");
            assertTrue(pipelining.readAnswer().endsWith("\r\n\r\n3"));
            assertTimedOut(pipelining);
            assertEquals(4, edge.refused("header_timeout"));
            // a whole one has no such deadline
            final RawClient idle = edge.client().send(BoundedEdge.post("/length", 3, 3));
            idle.readAnswer();
            assertTimedOut(edge.client().send("GET"));
            assertTrue(idle.send(BoundedEdge.post("/length", 4, 4)).readAnswer().endsWith("\r\n\r\n4"));
        }
    }

    @Test
    void aHeaderCountsWhileItIsNotWhole() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, LONG, LONG, LONG), 1)) {
            final RawClient client = edge.client().send("GET /health HTTP/1.1\r\nX: " + "x".repeat(9_000));
            Await.until("it is counted", () -> edge.budget.usedBytes() >= 9_000);
            assertTrue(client.send("\r\n\r\n").readAnswer().startsWith("HTTP/1.1 200 "));
            edge.awaitNothingHeld();
        }
    }

    @Test
    void aBodyMustProgress() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, SHORT, LONG, LONG), 1)) {
            assertTimedOut(edge.client().send(BoundedEdge.post("/length", 200_000, 150_000)));
            assertTimedOut(edge.client().send("POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxx"));
            assertEquals(2, edge.refused("body_timeout"));
            edge.awaitNothingHeld();
            // one that does may take several times as long
            final RawClient steady = edge.client().send(BoundedEdge.post("/length", 200_000, 0));
            final long endNs = System.nanoTime() + 4 * SHORT.toNanos();
            int sent = 0;
            while (sent < 195_000) {
                steady.send("x".repeat(5_000));
                sent += 5_000;
                final long nextNs = endNs - (200_000 - sent) / 5_000 * (4 * SHORT.toNanos() / 40);
                while (System.nanoTime() < nextNs) {
                    Thread.onSpinWait();
                }
            }
            assertTrue(steady.send("x".repeat(5_000)).readAnswer().endsWith("\r\n\r\n200000"));
        }
    }

    @Test
    void aSlowHandlerIsNotTheClientsFault() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(SHORT, SHORT, SHORT, SHORT), 1)) {
            final RawClient client = edge.client().send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\nGET /kept HTTP/1.1\r\nHos");
            assertTimedOut(edge.client().send("G"));
            assertTimedOut(edge.client().send("G"));
            edge.kept.poll().replyJson(200, "1");
            assertTrue(client.readAnswer().endsWith("\r\n\r\n1"));
        }
    }

    @Test
    void whatIsWrittenMustBeRead() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, LONG, SHORT, LONG), 1)) {
            final RawClient deaf = edge.client(4_096).send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
            Await.until("it is cut off", () -> edge.refused("reply_timeout") == 1);
            edge.awaitNothingHeld();
            assertTrue(deaf.isGone());
            // also behind a last answer
            edge.client(4_096).send("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            Await.until("it is cut off too", () -> edge.refused("reply_timeout") == 2);
            edge.awaitNothingHeld();
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, LONG, LONG, SHORT), 1)) {
            assertTrue(edge.client().isEnded());
            final RawClient used = edge.client().send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
            used.readAnswer();
            assertTrue(used.isEnded());
            assertEquals(2, edge.refused("idle"));
        }
    }

    @Test
    void theFirstConnectionHasItsTimeToo() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(SHORT, LONG, LONG, LONG), 1)) {
            final RawClient thoughtful = edge.client();
            assertTimedOut(edge.client().send("G"));
            assertTrue(thoughtful.send(BoundedEdge.post("/length", 4, 4)).readAnswer().endsWith("\r\n\r\n4"));
            assertEquals(0, edge.refused("idle"));
        }
    }

    @Test
    void whoEndsItsInputIsAnswered() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, LONG, LONG, LONG), 1)) {
            final RawClient later = edge.client().send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n").finish();
            Await.until("it is asked", () -> edge.kept.size() == 1);
            final RawClient now = edge.client()
                .send(BoundedEdge.post("/length", 2, 2) + BoundedEdge.post("/length", 150_000, 150_000)).finish();
            assertTrue(now.readAnswer().endsWith("\r\n\r\n2"));
            assertTrue(now.readAnswer().endsWith("\r\n\r\n150000"));
            assertTrue(now.isEnded());
            final HttpExchange exchange = edge.kept.poll();
            assertTrue(exchange.isOpen());
            exchange.replyJson(200, "1");
            assertTrue(later.readAnswer().endsWith("\r\n\r\n1"));
            assertTrue(later.isEnded());
            final RawClient big = edge.client(4_096).send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").finish();
            assertEquals(BoundedEdge.BIG_ANSWER_BYTES, big.readAnswer().split("\r\n\r\n", 2)[1].length());
            assertTrue(big.isEnded());
        }
    }

    @Test
    void whoEndsItsInputTooEarlyIsToldSo() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, LONG, LONG, LONG), 1)) {
            for (final String half : new String[]{BoundedEdge.post("/length", 5, 4), "GET /health HTTP/1.1\r\nHost: a",
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxxx\r\n"}) {
                final RawClient client = edge.client().send(half).finish();
                final String answer = client.readAnswer();
                assertTrue(answer.startsWith("HTTP/1.1 400 ") && answer.contains("malformed_http"), answer);
                assertTrue(client.isEnded());
            }
            assertTrue(edge.client().finish().isEnded());
        }
    }

    @Test
    void whoResetsIsSeenToBeGone() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(LONG, LONG, LONG, LONG), 1)) {
            final RawClient client = edge.client().send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n");
            Await.until("it is asked", () -> edge.kept.size() == 1);
            client.reset();
            Await.until("it is gone", () -> !edge.kept.peek().isOpen());
        }
    }

    private static void assertTimedOut(final RawClient client) throws Exception {
        final String answer = client.readAnswer();
        assertTrue(answer.startsWith("HTTP/1.1 408 ") && answer.contains("request_timeout"), answer);
        assertTrue(client.isEnded());
    }
}
