package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.ReplyStream;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.testing.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Replies whose length is not known when they begin, over both protocols. */
class ReplyStreamTest {
    private static final long BUDGET_BYTES = 4L << 20;
    private static final int PART_BYTES = 10_000;
    private static final int PARTS = 1_000;

    private final EventLoopGroup loops = EventLoops.create(1);
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<Writer> writers = new CopyOnWriteArrayList<>();
    private final ClientBudget budget = new ClientBudget("test.max-in-flight", BUDGET_BYTES);
    private HttpEdge edge;

    @BeforeEach
    void launch() {
        launch(Duration.ofMinutes(1));
    }

    private void launch(final Duration replyTimeout) {
        final Duration others = Duration.ofMinutes(1);
        edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(ProcessMetrics.local())
            .errors(errors::add).budget(budget).limits(new HttpLimits(
                100, 2, new ByteSize(BUDGET_BYTES), others, others, others, replyTimeout, new ByteSize(10_000), others))
            .routes(router -> router
                .route("GET", "/parts", Access.READ, exchange -> writers.add(new Writer(exchange, PARTS)))
                .route("GET", "/few", Access.READ, exchange -> writers.add(new Writer(exchange, 3)))
                .route("GET", "/endless", Access.READ, exchange -> writers.add(new Writer(exchange, Integer.MAX_VALUE)))
                .route("GET", "/quiet", Access.READ, exchange -> writers.add(new Writer(exchange, 0)))
                .route("GET", "/fails", Access.READ, exchange -> {
                    writers.add(new Writer(exchange, 0));
                    throw new IllegalStateException("of no use");
                })
                .route("GET", "/now", Access.READ, exchange -> exchange.replyJson(200, "now"))));
    }

    @AfterEach
    void close() {
        Await.until("nothing is held", () -> budget.usedBytes() == 0);
        edge.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void deliversAllPartsInOrder() throws Exception {
        final String expected = expected(PARTS);
        try (RawClient old = new RawClient(edge.port()); StreamsClient client = new StreamsClient(edge.port())) {
            old.send("GET /parts HTTP/1.1\r\nHost: a\r\n\r\n");
            final String head = old.readHead();
            assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked\r\n"), head);
            assertFalse(head.contains("content-length"), head);
            assertEquals(expected, old.readChunks());
            final StreamsClient.Answer answer = client.get("/parts");
            assertEquals("200", answer.status());
            assertEquals("text/plain", answer.header("content-type"));
            assertEquals(expected, answer.body());
            // the connections go on
            assertTrue(old.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer().endsWith("now"));
            assertEquals("now", client.get("/now").body());
        }
        assertEquals(List.of(), errors);
    }

    @Test
    void keepsTheOrderOfPipelinedRequests() throws Exception {
        try (RawClient client = new RawClient(edge.port())) {
            client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\nGET /few HTTP/1.1\r\nHost: a\r\n\r\nGET /quiet HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /now HTTP/1.1\r\nHost: a\r\n\r\nGET /few HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assertTrue(client.readAnswer().endsWith("now"));
            client.readHead();
            assertEquals(expected(3), client.readChunks());
            client.readHead();
            Await.until("the third is asked", () -> writers.size() == 2);
            assertFalse(client.hasAnswer(), "the fourth waits for it");
            onLoop(writers.get(1), writer -> {
                assertTrue(writer.stream.offer(text("last")));
                writer.stream.end();
                assertFalse(writer.stream.isOpen());
                final ByteBuf late = text("late");
                assertFalse(writer.stream.offer(late));
                late.release();
            });
            assertEquals("last", client.readChunks());
            assertTrue(client.readAnswer().endsWith("now"));
            assertTrue(client.readHead().contains("connection: close\r\n"));
            assertEquals(expected(3), client.readChunks());
            assertTrue(client.isEnded());
        }
    }

    @Test
    void aSlowReaderMakesNoMemoryGrow() throws Exception {
        try (RawClient old = new RawClient(edge.port(), 4_096)) {
            old.send("GET /parts HTTP/1.1\r\nHost: a\r\n\r\n");
            assertBounded(1);
            old.readHead();
            assertEquals(expected(PARTS), old.readChunks());
        }
        // the window of the connection is twice as large
        try (StreamsClient client = new StreamsClient(edge.port(), 0, new Http2Settings().initialWindowSize(30_000), true)) {
            final StreamsClient.Answer window = client.open("GET", "/parts", true);
            window.reads = false;
            assertBounded(2);
            // others on the connection are not held up
            assertEquals("now", client.get("/now").body());
            window.readOn();
            assertEquals(expected(PARTS), window.await().body());
        }
        try (StreamsClient client = new StreamsClient(edge.port(), 4_096, new Http2Settings().initialWindowSize(1 << 30), true)) {
            client.get("/now");
            client.read(false);
            final StreamsClient.Answer socket = client.open("GET", "/parts", true);
            assertBounded(3);
            client.read(true);
            assertEquals(expected(PARTS), socket.await().body());
        }
    }

    @Test
    void aClientThatGoesCancels() throws Exception {
        try (RawClient old = new RawClient(edge.port())) {
            old.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
            old.readHead();
            old.reset();
        }
        awaitCancelled(0);
        try (StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer answer = client.open("GET", "/endless", true);
            Await.until("some has come", () -> answer.length() > 100_000);
            answer.reset();
            awaitCancelled(1);
            client.open("GET", "/quiet", true);
            Await.until("it is asked", () -> writers.size() == 3);
        }
        awaitCancelled(2);
        assertEquals(0, writers.stream().filter(writer -> writer.cancels != 1).count());
        assertEquals(List.of(), errors);
    }

    @Test
    void aReaderThatMakesNoProgressIsCutOff() throws Exception {
        edge.close();
        launch(Duration.ofMillis(200));
        try (RawClient old = new RawClient(edge.port(), 4_096)) {
            old.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
            awaitCancelled(0);
            assertTrue(old.isGone());
        }
        try (StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer answer = client.open("GET", "/endless", true);
            answer.reads = false;
            awaitCancelled(1);
            Await.until("the stream alone is broken off", () -> answer.reset == Http2Error.CANCEL);
            assertEquals("now", client.get("/now").body());
        }
    }

    @Test
    void waitsForRoomInTheBudget() throws Exception {
        try (StreamsClient client = new StreamsClient(edge.port())) {
            final StreamsClient.Answer answer = client.open("GET", "/quiet", true);
            Await.until("it is asked", () -> writers.size() == 1);
            final long rest = BUDGET_BYTES - budget.usedBytes();
            budget.take(rest);
            final ByteBuf part = text("part");
            onLoop(writers.getFirst(), writer -> {
                assertTrue(writer.stream.isWritable());
                assertFalse(writer.stream.offer(part));
                writer.onWritable = () -> {
                    if (writer.stream.offer(part)) {
                        writer.stream.end();
                    }
                };
            });
            assertEquals(0, answer.length());
            budget.giveBack(rest);
            assertEquals("part", answer.await().body());
        }
    }

    @Test
    void breaksOffWhatIsNotWhole() throws Exception {
        try (RawClient old = new RawClient(edge.port()); StreamsClient client = new StreamsClient(edge.port())) {
            old.send("GET /quiet HTTP/1.1\r\nHost: a\r\n\r\n");
            old.readHead();
            onLoop(writers.getFirst(), writer -> {
                writer.stream.offer(text("half"));
                writer.stream.abort();
            });
            assertTrue(old.isGone());
            final StreamsClient.Answer answer = client.open("GET", "/quiet", true);
            Await.until("it is asked", () -> writers.size() == 2);
            onLoop(writers.get(1), writer -> writer.stream.abort());
            assertEquals(Http2Error.INTERNAL_ERROR, answer.await().reset);
            assertEquals(Http2Error.INTERNAL_ERROR, client.get("/fails").reset);
            assertEquals("now", client.get("/now").body());
            assertEquals("of no use", errors.getFirst().getMessage());
            assertEquals(0, writers.stream().filter(writer -> writer.cancels != 0).count(), "that was no client's doing");
        }
    }

    @Test
    void givesOldClientsAndThoseOfTheHeadWhatTheyUnderstand() throws Exception {
        try (RawClient old = new RawClient(edge.port()); RawClient head = new RawClient(edge.port());
            StreamsClient client = new StreamsClient(edge.port())) {
            final String answer = old.send("GET /few HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").readHead();
            assertTrue(answer.contains("connection: close\r\n") && !answer.contains("transfer-encoding"), answer);
            assertEquals(expected(3), old.readAll());
            head.send("HEAD /endless HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            assertTrue(head.readAnswer().endsWith("now"));
            assertFalse(writers.get(1).stream.isOpen());
            assertEquals("", client.open("HEAD", "/endless", true).await().body());
            assertEquals("now", client.get("/now").body());
        }
    }

    @Test
    void isTheOneAnswer() throws Exception {
        try (StreamsClient client = new StreamsClient(edge.port())) {
            client.get("/few");
            final Writer writer = writers.getFirst();
            writer.exchange.replyJson(200, "ignored");
            onLoop(writer, same -> assertThrows(IllegalStateException.class, () -> same.exchange.stream(200, "text/plain", same)));
        }
    }

    /** The writer is far from its end, and no more is held than the socket and its queue take. */
    private void assertBounded(final int count) {
        Await.until("it is asked", () -> writers.size() == count);
        final Writer writer = writers.get(count - 1);
        Await.until("the writer waits", () -> writer.refused > 0);
        assertTrue(writer.written < PARTS, "all was taken");
        assertTrue(budget.usedBytes() < 500_000, budget.usedBytes() + " bytes are held");
        assertTrue(budget.usedBytes() > 0);
    }

    private void awaitCancelled(final int index) {
        Await.until("it is cancelled", () -> writers.size() > index && writers.get(index).cancels == 1);
        assertFalse(writers.get(index).stream.isOpen());
    }

    private static void onLoop(final Writer writer, final Consumer<Writer> action) {
        writer.exchange.eventLoop().submit(() -> action.accept(writer)).syncUninterruptibly();
    }

    private static String expected(final int parts) {
        final StringBuilder all = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            all.append(part(i));
        }
        return all.toString();
    }

    private static String part(final int index) {
        return Integer.toString(index, 36).repeat(index % 7 == 0 ? 1 : PART_BYTES / 3);
    }

    private static ByteBuf text(final String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    /** Writes parts as fast as they are taken. */
    private static final class Writer implements ReplyStream.Listener {
        private final HttpExchange exchange;
        private final int parts;
        private final ReplyStream stream;
        private final List<ByteBuf> waiting = new ArrayList<>();
        private volatile Runnable onWritable = this::write;
        private volatile int written;
        private volatile int refused;
        private volatile int cancels;

        Writer(final HttpExchange exchange, final int parts) {
            this.exchange = exchange;
            this.parts = parts;
            stream = exchange.stream(200, "text/plain", this);
            if (parts > 0) {
                write();
            }
        }

        @Override
        public void onWritable() {
            onWritable.run();
        }

        @Override
        public void onCancelled() {
            cancels++;
            waiting.forEach(ByteBuf::release);
            waiting.clear();
        }

        private void write() {
            while (stream.isOpen() && written < parts) {
                final ByteBuf part = waiting.isEmpty() ? text(part(written)) : waiting.removeFirst();
                if (!stream.offer(part)) {
                    refused++;
                    waiting.add(part);
                    return;
                }
                written++;
            }
            stream.end();
        }
    }
}
