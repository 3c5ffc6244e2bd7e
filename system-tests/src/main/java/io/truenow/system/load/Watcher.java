package io.truenow.system.load;

import io.truenow.system.model.QuerySpec;
import io.truenow.system.process.Deployment;
import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks again and again while a loader sends: whatever is answered has at least what was acknowledged when it was asked, and at most what
 * was sent when it was answered. A shard that is away for a while is no answer. It has a thread of its own; {@link #answers} is for any.
 */
public final class Watcher {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_NS = 5_000_000L;

    private final Deployment deployment;
    private final Loader loader;
    private final List<String> queries;
    private volatile boolean isStopping;
    private volatile int answers;
    private Throwable failure;
    private Thread thread;

    /** One that asks for everything in a range. */
    public Watcher(
        final Deployment deployment, final Loader loader, final String namespace, final String table, final long startUs,
        final long endUs) {
        this.deployment = deployment;
        this.loader = loader;
        this.queries = List.of(
            QuerySpec.count(startUs, endUs).toJson(namespace, table, "TOKEN"),
            new QuerySpec(startUs, endUs, Map.of(), List.of("device"), "count", null, "1h").toJson(namespace, table, "TOKEN"));
    }

    /** Begins to ask. */
    public Watcher begin() {
        thread = Thread.ofPlatform().name("watcher").start(() -> {
            try (RestClient client = new RestClient(ANSWER_TIMEOUT)) {
                for (int i = 0; !isStopping; i++) {
                    ask(client, queries.get(i % queries.size()));
                    LockSupport.parkNanos(PAUSE_NS);
                }
            } catch (final RuntimeException | AssertionError e) {
                failure = e;
            }
        });
        return this;
    }

    /** How many answers there were. */
    public int answers() {
        return answers;
    }

    /** Ends it; fails if an answer was wrong. */
    public void finish() {
        isStopping = true;
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            throw new AssertionError("a wrong answer under ingest", failure);
        }
    }

    private void ask(final RestClient client, final String query) {
        final Loader.Progress progress = loader.progress();
        if (progress.token() == null) {
            return;
        }
        final RestAnswer answer;
        try {
            answer = client.post(deployment.url("query") + "/v1/query", query.replace("TOKEN", progress.token()));
        } catch (final IOException e) {
            return;
        }
        final int sent = loader.sentCount();
        if (answer.status() == 503 || answer.status() == 504) {
            return;
        }
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.body());
        }
        long count = 0;
        for (final JsonNode row : answer.json().path("results")) {
            count += row.path("count").asLong();
        }
        if (count < progress.events() || count > sent) {
            throw new AssertionError(count + " events, though " + progress.events() + " were acknowledged before and " + sent
                + " sent after: " + query);
        }
        answers++;
    }
}
