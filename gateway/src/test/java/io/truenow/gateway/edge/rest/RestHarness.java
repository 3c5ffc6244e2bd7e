package io.truenow.gateway.edge.rest;

import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.http.EventLoops;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.FakeJournal;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.TableResolver;
import org.agrona.concurrent.EpochMicroClock;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The REST edge on a real HTTP edge, with a fake journal and control plane behind it. */
final class RestHarness implements AutoCloseable {
    static final long NOW_US = 1_764_000_000_000_000L;

    final FakeControl control;
    final FakeJournal journal;
    final TableResolver tables;
    final ProcessMetrics metrics = ProcessMetrics.local();
    final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();

    volatile boolean isClockBroken;

    private final EventLoopGroup loops = EventLoops.create(2);
    private final HttpEdge edge;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RestHarness(final int shardCount, final int journalCapacity, final long maxInFlightBytes, final long controlTimeoutMs) {
        control = new FakeControl(shardCount);
        journal = new FakeJournal(journalCapacity);
        tables = new TableResolver(control, control);
        final EpochMicroClock clock = () -> {
            if (isClockBroken) {
                throw new LinkageError("of no use");
            }
            return NOW_US;
        };
        final ClientBudget budget = new ClientBudget("gateway.max-in-flight", maxInFlightBytes);
        final RestEdge rest =
            new RestEdge(new IngestFlow.Context(tables, journal.proxy(), new Admission(budget), clock, errors::add,
            TimeUnit.MILLISECONDS.toNanos(controlTimeoutMs)), metrics);
        edge =
            HttpEdge.launch(new HttpEdge.Context().serviceName("gateway").maxBodyBytes(16 * 1024 * 1024).eventLoops(loops).metrics(metrics)
            .errors(errors::add).budget(budget).busyCode(ProblemCode.GATEWAY_BUSY)
            .routes(rest::addRoutes));
    }

    RestHarness() {
        this(4, 1_024, 64L * 1024 * 1024, 5_000);
    }

    int port() {
        return edge.port();
    }

    HttpResponse<String> post(final String path, final String body, final String... headers) {
        return post(path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    HttpResponse<String> post(final String path, final byte[] body, final String... headers) {
        try {
            return client.send(request(path, body, headers), HttpResponse.BodyHandlers.ofString());
        } catch (final IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    CompletableFuture<HttpResponse<String>> postLater(final String path, final String body) {
        return client.sendAsync(request(path, body.getBytes(StandardCharsets.UTF_8)), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(final String path, final byte[] body, final String... headers) {
        final HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.port() + path))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length != 0) {
            builder.headers(headers);
        }
        return builder.build();
    }

    @Override
    public void close() {
        client.close();
        edge.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        journal.close();
        assertEquals(0, errors.size(), () -> errors.peek().toString());
    }
}
