package io.truenow.fabric.http;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The budget, the deadlines and the limit of connections count for HTTP/2 as for HTTP/1.1. */
class Http2LimitsTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int BODY = BoundedEdge.MAX_BODY_BYTES;
    private static final int WINDOW_BYTES = 65_535;

    private static HttpLimits limits(
        final long budgetBytes, final Duration room, final Duration body, final Duration reply, final Duration idle) {
        return new HttpLimits(1_000, 2, new ByteSize(budgetBytes), room, LONG, body, reply, new ByteSize(10_000), idle);
    }

    @Test
    void uploadsTakeTheBudgetAndNoMore() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(1_000_000), 1); StreamsClient client = new StreamsClient(edge.port())) {
            final List<StreamsClient.Answer> slow = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                slow.add(upload(client, BODY, 1_000));
            }
            Await.until("four are let in", () -> edge.budget.usedBytes() >= 4 * BODY);
            for (int i = 0; i < 10; i++) {
                final StreamsClient.Answer refused = upload(client, BODY, 1_000).await();
                assertEquals("503", refused.status());
                assertEquals("1", refused.header("retry-after"));
                assertTrue(refused.body().contains("query_busy"), refused.body());
                assertTrue(edge.budget.usedBytes() <= 1_000_000 + 2_000, edge.budget.usedBytes() + " bytes");
            }
            assertEquals(10, edge.refused("no_room"));
            // what is let in can be received to its end
            for (final StreamsClient.Answer answer : slow) {
                assertEquals(Integer.toString(BODY), answer.send("x".repeat(BODY - 1_000), true).await().body());
            }
            edge.awaitNothingHeld();
        }
    }

    @Test
    void theWindowStaysClosedUntilThereIsRoom() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(BODY + 2_000, LONG, LONG, LONG, LONG), 1);
            StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer first = upload(client, BODY, 0);
            Await.until("it is let in", () -> edge.budget.usedBytes() >= BODY);
            final StreamsClient.Answer second = upload(client, BODY, BODY);
            Await.until("as much has come as may", () -> edge.budget.usedBytes() > BODY + WINDOW_BYTES);
            // health is answered: the connection is read on, and nothing more of the body comes
            assertEquals("200", client.get("/health").status());
            assertEquals("200", client.get("/health").status());
            assertTrue(edge.budget.usedBytes() < BODY + WINDOW_BYTES + 6_000, edge.budget.usedBytes() + " bytes are held");
            // a second one would hold too much
            final StreamsClient.Answer third = upload(client, BODY, BODY).await();
            assertEquals("503", third.status());
            assertEquals(Integer.toString(BODY), first.send("x".repeat(BODY), true).await().body());
            second.send("", true);
            assertEquals(Integer.toString(BODY), second.await().body());
            edge.awaitNothingHeld();
        }
    }

    @Test
    void aBodyOfUnknownLengthTakesRoomAsItGrows() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(BODY + 2_000, LONG, LONG, LONG, LONG), 1);
            StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer growing = client.open("POST", "/length", false).send("x".repeat(3_000), false);
            Await.until("it is let in", () -> edge.budget.usedBytes() >= 3_000);
            final StreamsClient.Answer other = upload(client, 150_000, 10);
            Await.until("so is the other", () -> edge.budget.usedBytes() >= 150_000);
            growing.send("x".repeat(BODY - 3_000), true);
            Await.until("it waits", () -> edge.budget.usedBytes() > BODY + 10_000);
            assertNull(growing.headers);
            other.reset();
            assertEquals(Integer.toString(BODY), growing.await().body());
            edge.awaitNothingHeld();
        }
    }

    @Test
    void manyThatWaitAreBounded() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(BODY + 2_000, LONG, LONG, LONG, LONG), 1);
            StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer first = upload(client, BODY, 0);
            Await.until("it is let in", () -> edge.budget.usedBytes() >= BODY);
            final List<StreamsClient.Answer> others = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                others.add(client.open("POST", "/length", true, "x-long", "a".repeat(20_000)));
            }
            Await.until("most are refused", () -> others.stream().filter(answer -> "503".equals(answer.status())).count() >= 24);
            assertTrue(edge.budget.usedBytes() < BODY + 200_000, edge.budget.usedBytes() + " bytes are held");
            assertEquals(Integer.toString(BODY), first.send("x".repeat(BODY), true).await().body());
            others.forEach(StreamsClient.Answer::await);
            assertTrue(others.stream().filter(answer -> "200".equals(answer.status())).count() >= 4, "those that waited");
            edge.awaitNothingHeld();
        }
    }

    @Test
    void whatIsNotReadIsHeldAndCutOff() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(16L << 20, LONG, LONG, Duration.ofSeconds(1), LONG), 1);
            StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer big = client.open("GET", "/big", true);
            big.reads = false;
            Await.until("it is held", () -> big.length() > 60_000 && edge.budget.usedBytes() >= BoundedEdge.BIG_ANSWER_BYTES);
            assertTrue(edge.budget.usedBytes() < BoundedEdge.BIG_ANSWER_BYTES * 11L / 10, edge.budget.usedBytes() + " bytes: counted once");
            Await.until("it is broken off", () -> big.reset == Http2Error.CANCEL);
            edge.awaitNothingHeld();
            assertEquals(1, edge.refused("reply_timeout"));
            assertEquals("200", client.get("/health").status());
            assertEquals(BoundedEdge.BIG_ANSWER_BYTES, client.get("/big").length());
        }
    }

    @Test
    void whoDoesNotReadTheSocketLosesTheConnection() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(16L << 20, LONG, LONG, Duration.ofSeconds(1), LONG), 1);
            StreamsClient client = new StreamsClient(edge.port(), 4_096, new Http2Settings().initialWindowSize(1 << 30), true)) {
            client.get("/health");
            client.read(false);
            client.open("GET", "/big", true);
            Await.until("it is cut off", () -> edge.refused("reply_timeout") >= 1);
            edge.awaitNothingHeld();
            Await.until("it is closed", () -> edge.metric("truenow_http_connections{service=\"test\"}") == 0);
        }
    }

    @Test
    void aBodyMustProgress() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(16L << 20, LONG, SHORT, LONG, LONG), 1);
            StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer stalled = upload(client, BODY, 5_000);
            final StreamsClient.Answer handled = client.open("GET", "/kept", true);
            assertEquals("408", stalled.await().status());
            assertTrue(stalled.body().contains("request_timeout"), stalled.body());
            assertEquals(1, edge.refused("body_timeout"));
            assertFalse(handled.isEnded, "a slow handler is not the client's fault");
            edge.kept.poll().replyJson(200, "1");
            assertEquals("1", handled.await().body());
            edge.awaitNothingHeld();
        }
    }

    @Test
    void headersMustComeWhole() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(new HttpLimits(
            100, 2, new ByteSize(16L << 20), LONG, SHORT, LONG, LONG, new ByteSize(10_000), LONG), 1)) {
            final String start = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
            // a frame that is not whole, a block of headers that lacks its continuation, half a frame's header
            for (final String half : List.of("\0\0\4\1\4\0\0\0\1\u0082", "\0\0\1\1\0\0\0\0\1\u0082", "\0\0\4")) {
                assertTrue(edge.client().send(start + half).isGone());
            }
            assertEquals(3, edge.refused("header_timeout"));
            assertTrue(edge.client().send("PRI * HTT").readAnswer().startsWith("HTTP/1.1 408 "));
        }
    }

    @Test
    void anIdleConnectionIsTold() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(16L << 20, LONG, LONG, LONG, SHORT), 1);
            StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer asking = client.open("GET", "/kept", true);
            Await.until("it is asked", () -> edge.kept.size() == 1);
            assertTrue(edge.client().isEnded(), "one that asks nothing goes in that time");
            assertTrue(edge.client().isEnded(), "and another");
            assertTrue(client.isOpen());
            edge.kept.poll().replyJson(200, "1");
            assertEquals("1", asking.await().body());
            client.awaitClosed();
            assertEquals(Http2Error.NO_ERROR, client.goAway);
        }
    }

    @Test
    void aConnectionThatBreaksOffWhatItAsksForIsClosed() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(16L << 20, LONG, LONG, LONG, LONG), 1);
            StreamsClient client = new StreamsClient(edge.port()); StreamsClient other = new StreamsClient(edge.port())) {
            for (int i = 0; i < 250; i++) {
                client.open("GET", "/health", true).reset();
            }
            client.awaitClosed();
            Await.until("it is counted", () -> edge.refused("flood") == 1);
            assertEquals("200", other.get("/health").status());
        }
    }

    @Test
    void aConnectionThatOnlyPingsIsClosed() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(16L << 20, LONG, LONG, LONG, LONG), 1);
            StreamsClient client = new StreamsClient(edge.port()); StreamsClient other = new StreamsClient(edge.port())) {
            client.ping(1_000);
            assertEquals("200", client.get("/health").status());
            client.ping(6_000);
            client.awaitClosed();
            Await.until("it is counted", () -> edge.refused("flood") == 1);
            assertEquals("200", other.get("/health").status());
        }
    }

    @Test
    void beyondTheLimitOfConnectionsOnlyHealthIsAnswered() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(new HttpLimits(
            1, 2, new ByteSize(16L << 20), LONG, LONG, LONG, LONG, new ByteSize(10_000), LONG), 1)) {
            final RawClient usual = edge.client();
            usual.send(BoundedEdge.post("/length", 3, 3)).readAnswer();
            for (final String path : List.of("/health", "/metrics")) {
                try (StreamsClient client = new StreamsClient(edge.port())) {
                    assertEquals("200", client.get(path).status());
                    client.awaitClosed();
                }
            }
            try (StreamsClient client = new StreamsClient(edge.port())) {
                final StreamsClient.Answer refused = client.post("/length", "abc");
                assertEquals("503", refused.status());
                assertTrue(refused.body().contains("too_many_connections"), refused.body());
                client.awaitClosed();
            }
        }
    }

    @Test
    void aClientThatGoesGivesEverythingBack() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(limits(BODY + 2_000, LONG, LONG, LONG, LONG), 1)) {
            for (int round = 0; round < 20; round++) {
                try (StreamsClient client = new StreamsClient(edge.port())) {
                    upload(client, BODY, 1_000);
                    upload(client, BODY, 50_000);
                    client.open("POST", "/length", false).send("x".repeat(2_000), false);
                    Await.until("one is let in, others wait", () -> edge.budget.usedBytes() >= BODY + 50_000);
                }
                edge.awaitNothingHeld();
            }
        }
    }

    private static StreamsClient.Answer upload(final StreamsClient client, final int announcedBytes, final int sentBytes) {
        return client.open("POST", "/length", false, "content-length", Integer.toString(announcedBytes))
            .send("x".repeat(sentBytes), false);
    }
}
