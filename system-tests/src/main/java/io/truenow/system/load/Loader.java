package io.truenow.system.load;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.system.model.Event;
import io.truenow.system.process.Deployment;
import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A client that never gives up: a request that is refused for a while, or whose answer is lost, is sent again as it was. So in the end
 * every event is acknowledged, some perhaps after having been taken more than once. {@link #send} belongs to one thread.
 */
public final class Loader {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_NS = 20_000_000L;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private static final String TOO_OLD = ProblemCode.EVENT_TOO_OLD.text();

    private final Deployment deployment;
    private final String namespace;
    private final String table;
    private final List<Event> acknowledged = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private volatile boolean isStopping;
    private volatile int sentCount;
    private volatile Progress progress = new Progress(0, null);
    private Thread thread;
    private Throwable failure;
    private int repetitions;
    private boolean mayBeTooOld;

    /**
     * What is acknowledged at a time.
     *
     * @param events how many, repeated ones not counted.
     * @param token  of the last acknowledgement, null before the first.
     */
    public record Progress(int events, String token) {
    }

    public Loader(final Deployment deployment, final String namespace, final String table) {
        this.deployment = deployment;
        this.namespace = namespace;
        this.table = table;
    }

    /** Events of spans that the hot tier has let go are refused from now on, one by one; others must still be taken. */
    public Loader mayBeTooOld() {
        mayBeTooOld = true;
        return this;
    }

    /** Sends events as one request until they are acknowledged. */
    public void send(final List<Event> events) {
        try (RestClient client = new RestClient(ANSWER_TIMEOUT)) {
            send(client, events);
        }
    }

    /** Sends batches on a thread of its own until {@link #finish}. */
    public void begin(final EventSource source, final int batchEvents) {
        begin(source, batchEvents, Integer.MAX_VALUE);
    }

    /** The same, not more than so many events a second. */
    public void begin(final EventSource source, final int batchEvents, final int eventsPerSecond) {
        isStopping = false;
        final long intervalNs = NS_PER_SECOND * batchEvents / eventsPerSecond;
        thread = Thread.ofPlatform().name("loader").start(() -> {
            try (RestClient client = new RestClient(ANSWER_TIMEOUT)) {
                long dueNs = System.nanoTime();
                while (!isStopping) {
                    send(client, source.next(batchEvents));
                    dueNs = Math.max(dueNs + intervalNs, System.nanoTime() - intervalNs);
                    LockSupport.parkNanos(dueNs - System.nanoTime());
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

    /** How many are acknowledged, repeated ones not counted; any thread. */
    public int acknowledgedCount() {
        return progress.events;
    }

    /** How far it is; any thread. */
    public Progress progress() {
        return progress;
    }

    /** How many were sent, acknowledged or not; any thread. */
    public int sentCount() {
        return sentCount;
    }

    /** What is acknowledged, the first one of each id; after {@link #finish}. */
    public List<Event> acknowledged() {
        return acknowledged;
    }

    /** Of the last acknowledgement; after {@link #finish}. */
    public String token() {
        return progress.token;
    }

    /** How many requests were sent again; after {@link #finish}. */
    public int repetitions() {
        return repetitions;
    }

    private List<Event> accepted(final List<Event> events, final RestAnswer answer) {
        final Set<Integer> rejected = new HashSet<>();
        answer.json().path("rejected").forEach(event -> {
            if (mayBeTooOld && event.path("code").asString().equals(TOO_OLD)) {
                rejected.add(event.path("index").asInt());
            }
        });
        if (answer.json().path("events_accepted").asInt() + rejected.size() != events.size()) {
            throw new AssertionError("not all accepted: " + answer.body());
        }
        return IntStream.range(0, events.size()).filter(i -> !rejected.contains(i)).mapToObj(events::get)
            .filter(event -> ids.add(event.id())).toList();
    }

    private void send(final RestClient client, final List<Event> events) {
        final String body = "{\"namespace\":\"" + namespace + "\",\"table\":\"" + table + "\",\"events\":["
            + events.stream().map(Event::toJson).collect(Collectors.joining(",")) + "]}";
        sentCount = acknowledged.size() + events.size();
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        String last = "";
        while (System.nanoTime() - deadlineNs < 0) {
            try {
                final RestAnswer answer = client.post(deployment.url("gateway") + "/v1/batch", body);
                last = answer.status() + " " + answer.body();
                if (answer.status() == 202) {
                    acknowledged.addAll(accepted(events, answer));
                    progress = new Progress(acknowledged.size(), answer.json().path("token").asString());
                    return;
                }
                if (mayBeTooOld && answer.status() == 400 && answer.json().path("code").asString().equals(TOO_OLD)) {
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
