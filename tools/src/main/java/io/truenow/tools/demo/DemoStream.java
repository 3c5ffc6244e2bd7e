package io.truenow.tools.demo;

import io.truenow.fabric.time.WallClock;
import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends events at a steady rate with several requests under way. A request that is refused for a while, or is not answered, is sent again
 * as it was: events keep their ids, so none counts twice. Run by one thread; the counters are written by the HTTP client's.
 */
final class DemoStream {
    private static final int MAX_UNDER_WAY = 16;
    private static final int MAX_FAILURES_IN_A_ROW = 50;
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long REPORT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final double NS_PER_SECOND = 1e9;

    private final RestClient client;
    private final String ingestUrl;
    private final int batchEvents;
    private final PrintStream out;
    private final List<DemoTable> tables = DemoTable.all();
    private final int totalWeight = tables.stream().mapToInt(DemoTable::weight).sum();
    private final SplittableRandom random;
    private final String runId;
    private final StringBuilder json = new StringBuilder();
    private final Semaphore mayBeUnderWay = new Semaphore(MAX_UNDER_WAY);
    private final ConcurrentLinkedQueue<Request> again = new ConcurrentLinkedQueue<>();
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong resent = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong answerNs = new AtomicLong();
    private volatile String lastFailure;
    private long nextEvent;

    DemoStream(final RestClient client, final String gatewayUrl, final long seed, final int batchEvents, final PrintStream out) {
        this.client = client;
        this.ingestUrl = gatewayUrl + "/v1/batch";
        this.batchEvents = batchEvents;
        this.out = out;
        this.random = new SplittableRandom(seed);
        // a second run of the same seed is a new stream, not a repetition that would count nothing
        this.runId = Long.toString(WallClock.INSTANCE.microTime(), Character.MAX_RADIX);
    }

    /** False if the gateway stopped answering. */
    boolean run(final int eventsPerSecond, final Duration duration, final AtomicBoolean isRunning) {
        final long startNs = System.nanoTime();
        final long endNs = duration.isZero() ? Long.MAX_VALUE : duration.toNanos();
        long reportAtNs = REPORT_NS;
        long acceptedAtReport = 0;
        long produced = 0;
        while (isRunning.get()) {
            final long elapsedNs = System.nanoTime() - startNs;
            if (elapsedNs >= endNs) {
                break;
            }
            if (failuresInARow.get() > MAX_FAILURES_IN_A_ROW) {
                System.err.println("truenow: the gateway does not take events: " + lastFailure);
                return false;
            }
            final long due = (long)(elapsedNs / NS_PER_SECOND * eventsPerSecond);
            if (resendOne() || due > produced) {
                produced += sendNext((int)Math.min(due - produced, batchEvents));
            } else {
                LockSupport.parkNanos(TICK_NS);
            }
            if (elapsedNs >= reportAtNs) {
                report(elapsedNs, (accepted.get() - acceptedAtReport) * NS_PER_SECOND / (elapsedNs - reportAtNs + REPORT_NS));
                acceptedAtReport = accepted.get();
                reportAtNs = elapsedNs + REPORT_NS;
            }
        }
        mayBeUnderWay.acquireUninterruptibly(MAX_UNDER_WAY);
        report(System.nanoTime() - startNs, accepted.get() * NS_PER_SECOND / (System.nanoTime() - startNs));
        return true;
    }

    /** A stream that cannot keep up sends fuller requests, at most one table's batch at a time. */
    private int sendNext(final int events) {
        if (events < 1 || !mayBeUnderWay.tryAcquire()) {
            LockSupport.parkNanos(events < 1 ? 0 : TICK_NS / 20);
            return 0;
        }
        final DemoTable table = nextTable();
        final long nowUs = WallClock.INSTANCE.microTime();
        json.setLength(0);
        json.append("{\"namespace\":\"").append(table.namespace()).append("\",\"table\":\"").append(table.name()).append("\",\"events\":[");
        for (int i = 0; i < events; i++) {
            if (i > 0) {
                json.append(',');
            }
            table.append(json, runId + '-' + nextEvent++, nowUs - random.nextInt(50_000), random);
        }
        send(new Request(json.append("]}").toString(), 0));
        return events;
    }

    private boolean resendOne() {
        final Request request = again.peek();
        if (request == null || System.nanoTime() - request.notBeforeNs < 0 || !mayBeUnderWay.tryAcquire()) {
            return false;
        }
        again.remove();
        resent.incrementAndGet();
        send(request);
        return true;
    }

    private void send(final Request request) {
        final long sentNs = System.nanoTime();
        final CompletableFuture<RestAnswer> future = client.postAsync(ingestUrl, request.body);
        future.whenComplete((answer, error) -> {
            if (error != null) {
                lastFailure = String.valueOf(error.getMessage());
                sendAgain(request, 1);
            } else if (answer.isSuccess() || answer.status() == 400) {
                failuresInARow.set(0);
                accepted.addAndGet(answer.json().path("events_accepted").asLong(0));
                rejected.addAndGet(answer.json().path("rejected").size());
                answers.incrementAndGet();
                answerNs.addAndGet(System.nanoTime() - sentNs);
            } else {
                lastFailure = answer.status() + " " + answer.body();
                sendAgain(request, Math.max(1, answer.retryAfterSeconds()));
            }
            mayBeUnderWay.release();
        });
    }

    private void sendAgain(final Request request, final int afterSeconds) {
        failuresInARow.incrementAndGet();
        again.add(new Request(request.body, System.nanoTime() + TimeUnit.SECONDS.toNanos(afterSeconds)));
    }

    private DemoTable nextTable() {
        int remaining = random.nextInt(totalWeight);
        for (final DemoTable table : tables) {
            remaining -= table.weight();
            if (remaining < 0) {
                return table;
            }
        }
        return tables.getLast();
    }

    private void report(final long elapsedNs, final double perSecond) {
        out.printf(Locale.ROOT, "%5.0f s  %,d events accepted, %,.0f a second, %.2f ms an answer%s%s%n",
            elapsedNs / NS_PER_SECOND, accepted.get(), perSecond, answerNs.get() / 1e6 / Math.max(1, answers.get()),
            rejected.get() > 0 ? ", " + rejected.get() + " rejected" : "",
            resent.get() > 0 ? ", " + resent.get() + " requests sent again" : "");
    }

    private record Request(String body, long notBeforeNs) {
    }
}
