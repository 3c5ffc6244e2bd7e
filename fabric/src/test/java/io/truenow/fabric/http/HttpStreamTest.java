package io.truenow.fabric.http;

import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Streams of pipelined requests, cut anywhere, answered now or later, against what they must be answered. */
class HttpStreamTest {
    private static final int ROUNDS = 40;
    private static final int MAX_REQUESTS = 40;
    private static final int MAX_BODY_BYTES = 150_000;

    private final RandomGenerator random = Seeds.random("HttpStreamTest");
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();

    @Test
    void answersWhateverWayTheStreamIsCut() throws Exception {
        try (EventLoopGroup loops = EventLoops.create(1); ExecutorService others = Executors.newFixedThreadPool(2);
            HttpEdge edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(ProcessMetrics.local())
                .errors(errors::add).maxBodyBytes(MAX_BODY_BYTES).routes(router -> router
                    .route("POST", "/now", Access.WRITE, exchange -> exchange.reply(200, "text/plain", exchange.body().retainedSlice()))
                    .route("POST", "/later", Access.WRITE, exchange -> others.execute(
                        () -> exchange.reply(200, "text/plain", exchange.body().retainedSlice())))))) {
            for (int round = 0; round < ROUNDS; round++) {
                runStream(edge.port());
            }
        }
        assertEquals(List.of(), errors);
    }

    private void runStream(final int port) throws Exception {
        final StringBuilder stream = new StringBuilder();
        final List<String> expected = new ArrayList<>();
        final int count = random.nextInt(1, MAX_REQUESTS);
        for (int i = 0; i < count; i++) {
            final int length = random.nextInt(random.nextInt(4) == 0 ? MAX_BODY_BYTES / 2 : 9);
            final String body = Integer.toString(i, 36).repeat(length);
            expected.add(body);
            stream.append("POST ").append(random.nextBoolean() ? "/now" : "/later").append(" HTTP/1.1\r\nHost: a\r\n");
            if (random.nextBoolean()) {
                stream.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
            } else {
                appendChunks(stream, body);
            }
        }
        try (RawClient client = new RawClient(port)) {
            final Thread sender = Thread.ofPlatform().start(() -> send(client, stream.toString()));
            for (final String body : expected) {
                final String answer = client.readAnswer();
                assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
                assertEquals(body, answer.substring(answer.indexOf("\r\n\r\n") + 4));
            }
            sender.join();
        }
    }

    private void appendChunks(final StringBuilder stream, final String body) {
        stream.append("Transfer-Encoding: chunked\r\n\r\n");
        for (int from = 0; from < body.length(); ) {
            final int length = random.nextInt(1, body.length() - from + 1);
            stream.append(Integer.toHexString(length)).append("\r\n").append(body, from, from + length).append("\r\n");
            from += length;
        }
        stream.append("0\r\n\r\n");
    }

    private void send(final RawClient client, final String stream) {
        try {
            for (int from = 0; from < stream.length(); ) {
                final int end = Math.min(stream.length(), from + random.nextInt(1, random.nextInt(3) == 0 ? 20 : 100_000));
                client.send(stream.substring(from, end));
                from = end;
            }
        } catch (final Exception e) {
            errors.add(e);
        }
    }
}
