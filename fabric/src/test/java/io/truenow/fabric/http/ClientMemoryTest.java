package io.truenow.fabric.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One budget for all that is held for clients: bodies that do not end, answers that are not read. */
class ClientMemoryTest {
    private static final long BUDGET_BYTES = 1_000_000;
    private static final int BODY = BoundedEdge.MAX_BODY_BYTES;

    @Test
    void defaultsAreThoseOfTheFragment() {
        assertEquals(ConfigLoader.ofSections("http").load().bind("http", HttpLimits.class), HttpLimits.DEFAULTS);
    }

    @Test
    void slowUploadsTakeTheBudgetAndNoMore() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(BUDGET_BYTES), 2)) {
            final List<RawClient> slow = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                slow.add(edge.client().send(BoundedEdge.post("/length", BODY, BODY - 1_000)));
            }
            Await.until("four are let in", () -> edge.budget.usedBytes() >= 4 * BODY);
            for (int i = 0; i < 10; i++) {
                final RawClient refused = edge.client().send(BoundedEdge.post("/length", BODY, 1_000));
                final String answer = refused.readAnswer();
                assertTrue(answer.startsWith("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n") && answer.contains("query_busy"),
                    answer);
                assertTrue(refused.isEnded());
                assertTrue(edge.budget.usedBytes() <= BUDGET_BYTES, edge.budget.usedBytes() + " bytes");
            }
            assertEquals(10, edge.refused("no_room"));
            // what is let in can be received to its end
            for (final RawClient client : slow) {
                assertTrue(client.send("x".repeat(1_000)).readAnswer().endsWith("\r\n\r\n" + BODY));
            }
            edge.awaitNothingHeld();
        }
    }

    /** The budget counts what is held; this is what the allocator has given away. */
    @Test
    void bodiesThatAreCutOffLeaveNoMemory() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(BUDGET_BYTES), 1)) {
            long beforeBytes = 0;
            for (int i = 0; i < 120; i++) {
                try (RawClient client = new RawClient(edge.port())) {
                    client.send(BoundedEdge.post("/length", BODY, BODY - 1_000));
                    Await.until("it has room", () -> edge.budget.usedBytes() >= BODY);
                    client.reset();
                }
                edge.awaitNothingHeld();
                beforeBytes = i == 19 ? allocatedBytes() : beforeBytes;
            }
            final long leftBytes = allocatedBytes() - beforeBytes;
            assertTrue(leftBytes < 40L * BODY, leftBytes + " bytes more than after the first 20 of 120");
        }
    }

    private static long allocatedBytes() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
    }

    @Test
    void aShortRequestThatIsRefusedKeepsItsConnection() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(BODY), 1)) {
            final RawClient slow = edge.client().send(BoundedEdge.post("/length", BODY, 10));
            Await.until("it is let in", () -> edge.budget.usedBytes() >= BODY);
            final RawClient other = edge.client().send(BoundedEdge.post("/length", 100, 100) + BoundedEdge.post("/length", 50, 30));
            assertTrue(other.readAnswer().startsWith("HTTP/1.1 503 "));
            assertTrue(slow.send("x".repeat(BODY - 10)).readAnswer().endsWith("\r\n\r\n" + BODY));
            assertTrue(other.send("x".repeat(20)).readAnswer().endsWith("\r\n\r\n50"));
            assertTrue(other.send(BoundedEdge.post("/length", 7, 7)).readAnswer().endsWith("\r\n\r\n7"));
        }
    }

    @Test
    void aBodyIsAskedForOnlyWhenThereIsRoom() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(BODY), 1)) {
            final RawClient slow = edge.client().send(BoundedEdge.post("/length", BODY, 10));
            Await.until("it is let in", () -> edge.budget.usedBytes() >= BODY);
            final RawClient polite = edge.client()
                .send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertTrue(polite.readAnswer().startsWith("HTTP/1.1 503 "));
            assertTrue(polite.isEnded());
            slow.send("x".repeat(BODY - 10)).readAnswer();
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n",
                edge.client().send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n").readAnswer());
        }
    }

    @Test
    void chunkedBodiesThatGrowTogetherDoNotStopEachOtherForGood() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(500_000), 2)) {
            final List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                clients.add(edge.client().send("POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
            }
            int answered = 0;
            for (int round = 0; round < 19; round++) {
                for (final RawClient client : clients) {
                    sendChunk(client, 10_000);
                    assertTrue(edge.budget.usedBytes() <= 500_000 + 6 * 70_000L, edge.budget.usedBytes() + " bytes");
                }
            }
            for (final RawClient client : clients) {
                client.sendIfOpen("0\r\n\r\n");
                final String answer = client.readAnswer();
                answered += answer.startsWith("HTTP/1.1 200 ") ? 1 : 0;
                assertTrue(answer.endsWith("\r\n\r\n190000") || answer.startsWith("HTTP/1.1 503 ") && answer.contains("query_busy"),
                    answer);
            }
            assertTrue(answered > 0 && answered < 6, answered + " were answered");
            edge.awaitNothingHeld();
        }
    }

    @Test
    void aLargeRequestIsNotPassedByForEver() throws Exception {
        final HttpLimits patient = new HttpLimits(1_000, 2, new ByteSize(300_000), Duration.ofSeconds(20), Duration.ofMinutes(1),
            Duration.ofMinutes(1), Duration.ofMinutes(1), new ByteSize(10_000), Duration.ofMinutes(1));
        try (BoundedEdge edge = new BoundedEdge(patient, 2)) {
            for (int i = 0; i < 10; i++) {
                edge.client().send(BoundedEdge.post("/kept", 25_000, 25_000));
            }
            Await.until("ten are in flight", () -> edge.kept.size() == 10);
            final RawClient large = edge.client().send(BoundedEdge.post("/length", BODY, BODY));
            // each that is answered is followed by another, which would take its room
            int others = 0;
            while (!large.hasAnswer()) {
                assertTrue(others < 500, "500 others were let in before it");
                edge.client().send(BoundedEdge.post("/kept", 25_000, 25_000));
                others++;
                final HttpExchange oldest = edge.kept.poll();
                if (oldest != null) {
                    oldest.replyJson(200, "0");
                }
                // time for the other to be let in, if it is
                final long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
                while (System.nanoTime() < endNs && edge.kept.size() < 10) {
                    Thread.onSpinWait();
                }
            }
            assertTrue(large.readAnswer().endsWith("\r\n\r\n" + BODY));
        }
    }

    @Test
    void slowReadersTakeTheBudgetAndNoMore() throws Exception {
        final long budgetBytes = 4L * BoundedEdge.BIG_ANSWER_BYTES;
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(budgetBytes), 2)) {
            final List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                clients.add(edge.client(4_096).send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
                assertTrue(edge.budget.usedBytes() <= budgetBytes + 40 * 1_024, edge.budget.usedBytes() + " bytes");
            }
            Await.until("answers are refused", () -> edge.refused("no_room_for_answer") > 0);
            assertTrue(edge.budget.usedBytes() > budgetBytes / 2);
            // health and metrics are answered all the same, and what has been done is told
            final String metrics = edge.client().send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();
            assertTrue(metrics.startsWith("HTTP/1.1 200 ") && metrics.contains("truenow_http_client_bytes"), metrics);
            int whole = 0;
            for (final RawClient client : clients) {
                final String answer = client.readAnswer();
                assertTrue(answer.startsWith("HTTP/1.1 200 ") || answer.startsWith("HTTP/1.1 503 ") && answer.contains("query_busy"),
                    answer.substring(0, 100));
                whole += answer.startsWith("HTTP/1.1 200 ") ? 1 : 0;
            }
            assertTrue(whole >= 3, whole + " answers were whole");
            edge.awaitNothingHeld();
        }
    }

    @Test
    void whatHasBeenDoneIsToldWhateverIsHeld() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(BODY), 1)) {
            assertTrue(edge.client().send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer().startsWith("HTTP/1.1 503 "));
            assertTrue(edge.client().send(BoundedEdge.post("/done", 1, 1)).readHead().startsWith("HTTP/1.1 202 "));
        }
    }

    @Test
    void pipelinedRequestsOfWhoDoesNotReadAreCounted() throws Exception {
        try (BoundedEdge edge = new BoundedEdge(BoundedEdge.limits(BUDGET_BYTES), 1)) {
            final RawClient client = edge.client(4_096);
            client.send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n" + "GET /big HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50));
            Await.until("those that wait are counted", () -> edge.budget.usedBytes() > 50 * 1_024);
        }
    }

    private static void sendChunk(final RawClient client, final int length) throws Exception {
        client.sendIfOpen(Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n");
    }
}
