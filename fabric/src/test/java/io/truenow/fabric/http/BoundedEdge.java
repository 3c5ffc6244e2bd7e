package io.truenow.fabric.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.testing.Await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** An edge with small limits, and the clients of a test. */
final class BoundedEdge implements AutoCloseable {
    static final int MAX_BODY_BYTES = 200_000;
    static final int BIG_ANSWER_BYTES = 3_000_000;

    final ClientBudget budget;
    final ProcessMetrics metrics = ProcessMetrics.local();
    final ConcurrentLinkedQueue<HttpExchange> kept = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final List<RawClient> clients = new ArrayList<>();
    private final EventLoopGroup loops;
    private final HttpEdge edge;

    BoundedEdge(final HttpLimits limits, final int threads) {
        loops = EventLoops.create(threads);
        budget = new ClientBudget("test.max-in-flight", limits.maxInFlight().bytes());
        edge = HttpEdge.launch(new HttpEdge.Context().serviceName("test").eventLoops(loops).metrics(metrics).errors(errors::add)
            .maxBodyBytes(MAX_BODY_BYTES).limits(limits).budget(budget).roomFactor(1).busyCode(ProblemCode.QUERY_BUSY)
            .routes(router -> router
                .route("POST", "/length", Access.WRITE,
                    exchange -> exchange.replyJson(200, Integer.toString(exchange.body().readableBytes())))
                .route("POST", "/kept", Access.WRITE, kept::add)
                .route("GET", "/kept", Access.READ, kept::add)
                .route("GET", "/big", Access.READ, exchange -> exchange.reply(200, "text/plain", Unpooled.directBuffer(BIG_ANSWER_BYTES)
                    .writeZero(BIG_ANSWER_BYTES)))
                .route("POST", "/done", Access.WRITE, exchange -> exchange.reply(202, "text/plain", Unpooled.directBuffer(BIG_ANSWER_BYTES)
                    .writeZero(BIG_ANSWER_BYTES)))));
    }

    /** Limits of which tests change one or two. */
    static HttpLimits limits(final long budgetBytes) {
        return new HttpLimits(1_000, 2, new ByteSize(budgetBytes), Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofMinutes(1),
            Duration.ofMinutes(1), new ByteSize(10_000), Duration.ofMinutes(1));
    }

    int port() {
        return edge.port();
    }

    RawClient client() throws IOException {
        return client(0);
    }

    RawClient client(final int receiveBufferBytes) throws IOException {
        final RawClient client = new RawClient(edge.port(), receiveBufferBytes);
        clients.add(client);
        return client;
    }

    static String post(final String path, final int announcedBytes, final int sentBytes) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + announcedBytes + "\r\n\r\n" + "x".repeat(sentBytes);
    }

    long refused(final String reason) {
        return metric("truenow_http_refused_total{reason=\"" + reason + "\",service=\"test\"}");
    }

    long metric(final String name) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            metrics.expose(out);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.startsWith(name))
            .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
    }

    void awaitNothingHeld() {
        Await.until("nothing is held", () -> budget.usedBytes() == 0);
    }

    @Override
    public void close() throws IOException {
        for (final RawClient client : clients) {
            client.close();
        }
        try {
            Await.until("nothing is held", () -> {
                for (HttpExchange exchange = kept.poll(); exchange != null; exchange = kept.poll()) {
                    exchange.replyJson(200, "0");
                }
                return budget.usedBytes() == 0;
            });
            Await.until("all connections are closed", () -> metric("truenow_http_connections{service=\"test\"}") == 0);
            assertEquals(List.of(), List.copyOf(errors));
        } finally {
            edge.close();
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
