package io.truenow.system.load;

import io.truenow.system.model.Event;
import io.truenow.system.process.Deployment;
import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A client that never gives up: a request that is refused for a while, or whose answer is lost, is sent again as it was. So in the end
 * every event is acknowledged, some perhaps after having been taken more than once. {@link #send} belongs to one thread.
 */
public final class Loader {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_NS = 20_000_000L;

    private final Deployment deployment;
    private final String namespace;
    private final String table;
    private final List<Event> acknowledged = new ArrayList<>();
    private volatile boolean isStopping;
    private volatile int acknowledgedCount;
    private Thread thread;
    private Throwable failure;
    private String token;
    private int repetitions;

    public Loader(final Deployment deployment, final String namespace, final String table) {
        this.deployment = deployment;
        this.namespace = namespace;
        this.table = table;
    }

    /** Sends events as one request until they are acknowledged. */
    public void send(final List<Event> events) {
        try (RestClient client = new RestClient(ANSWER_TIMEOUT)) {
            send(client, events);
        }
    }

    /** Sends batches on a thread of its own until {@link #finish}. */
    public void begin(final EventStream stream, final int batchEvents) {
        thread = Thread.ofPlatform().name("loader").start(() -> {
            try (RestClient client = new RestClient(ANSWER_TIMEOUT)) {
                while (!isStopping) {
                    send(client, stream.next(batchEvents));
                }
            } catch (final RuntimeException | AssertionError e) {
                failure = e;
            }
        });
    }

    /** Ends it and waits until everything is acknowledged. */
    public void finish() {
        isStopping = true;
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            throw new AssertionError("the loader failed", failure);
        }
    }

    /** How many are acknowledged; any thread. */
    public int acknowledgedCount() {
        return acknowledgedCount;
    }

    /** What is acknowledged; after {@link #finish}. */
    public List<Event> acknowledged() {
        return acknowledged;
    }

    /** Of the last acknowledgement; after {@link #finish}. */
    public String token() {
        return token;
    }

    /** How many requests were sent again; after {@link #finish}. */
    public int repetitions() {
        return repetitions;
    }

    private void send(final RestClient client, final List<Event> events) {
        final String body = "{\"namespace\":\"" + namespace + "\",\"table\":\"" + table + "\",\"events\":["
            + events.stream().map(Event::toJson).collect(Collectors.joining(",")) + "]}";
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        String last = "";
        while (System.nanoTime() - deadlineNs < 0) {
            try {
                final RestAnswer answer = client.post(deployment.url("gateway") + "/v1/batch", body);
                last = answer.status() + " " + answer.body();
                if (answer.status() == 202) {
                    if (answer.json().path("events_accepted").asInt() != events.size()) {
                        throw new AssertionError("not all accepted: " + answer.body());
                    }
                    token = answer.json().path("token").asString();
                    acknowledged.addAll(events);
                    acknowledgedCount = acknowledged.size();
                    return;
                }
                if (answer.status() != 503 && answer.status() != 429) {
                    throw new AssertionError("unexpected answer: " + last);
                }
            } catch (final IOException e) {
                last = e.toString();
            }
            repetitions++;
            LockSupport.parkNanos(PAUSE_NS);
        }
        throw new AssertionError("not acknowledged within " + LIMIT + ": " + last);
    }
}
