package io.truenow.perf.load;

import io.truenow.fabric.time.WallClock;
import io.truenow.perf.BenchFailure;
import org.agrona.concurrent.EpochMicroClock;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends events by REST over several connections, a thread each. A request that is answered 429 or 503 is sent again after a pause, under
 * the same ids. Made, started and joined by one thread.
 */
public final class RestLoad {
    private static final int TEMPLATES = 16;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Plan plan;
    private final List<Sender> senders = new ArrayList<>();

    /**
     * What to send.
     *
     * @param gateway          its URL.
     * @param namespace        of the table.
     * @param table            its name.
     * @param connections      each with a thread.
     * @param eventsPerRequest 1 goes to {@code /v1/ingest}, more to {@code /v1/batch}.
     * @param pipelined        requests sent before their answers are awaited.
     * @param eventsPerSecond  over all connections, evenly spread; 0 for as many as go.
     */
    public record Plan(
        URI gateway, String namespace, String table, int connections, int eventsPerRequest, int pipelined, int eventsPerSecond) {
    }

    /** What was sent and acknowledged, and within which event times. */
    public record Sent(long events, long amountSum, long retries, long minTimeUs, long maxTimeUs, double seconds) {
        /** Events a second. */
        public double rate() {
            return events / seconds;
        }

        /** Both together; the longer time. */
        public Sent plus(final Sent other) {
            return new Sent(events + other.events, amountSum + other.amountSum, retries + other.retries,
                Math.min(minTimeUs, other.minTimeUs), Math.max(maxTimeUs, other.maxTimeUs), Math.max(seconds, other.seconds));
        }
    }

    public RestLoad(final Plan plan) {
        this.plan = plan;
    }

    /**
     * Sends for that long, or that many events.
     *
     * @param firstId events are numbered from here on; further runs on the same table must not overlap.
     * @throws BenchFailure if an answer is not 202, 429 or 503, or does not accept all events.
     */
    public Sent run(final long firstId, final double seconds, final long maxEvents) throws InterruptedException {
        start(firstId, seconds, maxEvents);
        return join();
    }

    /** As {@link #run}, but returns at once; {@link #join} gives the result. */
    public void start(final long firstId, final double seconds, final long maxEvents) {
        senders.clear();
        for (int i = 0; i < plan.connections; i++) {
            final Sender sender = new Sender(i, firstId, seconds, maxEvents / plan.connections);
            senders.add(sender);
            sender.thread.start();
        }
    }

    /** Asks the senders to end now. */
    public void stop() {
        senders.forEach(sender -> sender.isStopped = true);
    }

    /** Waits for the senders. */
    public Sent join() throws InterruptedException {
        Sent sum = null;
        for (final Sender sender : senders) {
            sender.thread.join();
        }
        for (final Sender sender : senders) {
            if (sender.failure != null) {
                throw new BenchFailure("a connection of the load generator failed: " + sender.failure.getMessage(), sender.failure);
            }
            sum = sum == null ? sender.sent() : sum.plus(sender.sent());
        }
        return sum;
    }

    private final class Sender implements Runnable {
        private final Thread thread;
        private final EpochMicroClock clock = WallClock.INSTANCE;
        private final RequestTemplate[] templates = new RequestTemplate[TEMPLATES];
        private final long durationNs;
        private final long maxEvents;
        private long nextId;
        private volatile boolean isStopped;
        private Exception failure;
        private long events;
        private long amountSum;
        private long retries;
        private long minTimeUs = Long.MAX_VALUE;
        private long maxTimeUs = Long.MIN_VALUE;
        private long elapsedNs;

        Sender(final int index, final long firstId, final double seconds, final long maxEvents) {
            this.thread = Thread.ofPlatform().name("rest-load-" + index).unstarted(this);
            this.durationNs = (long) (seconds * 1e9);
            this.maxEvents = maxEvents;
            this.nextId = firstId;
            final Workload workload = new Workload(20_261_123L, 16);
            final String host = plan.gateway.getHost() + ':' + plan.gateway.getPort();
            final RequestTemplate.Target target = new RequestTemplate.Target(host, plan.namespace, plan.table, "c" + index + "-");
            for (int i = 0; i < TEMPLATES; i++) {
                final long first = ((long) index * TEMPLATES + i) * plan.eventsPerRequest;
                templates[i] = RequestTemplate.of(target, workload, first, plan.eventsPerRequest, plan.eventsPerRequest == 1);
            }
        }

        Sent sent() {
            return new Sent(events, amountSum, retries, minTimeUs, maxTimeUs, elapsedNs / 1e9);
        }

        @Override
        public void run() {
            try (HttpConnection connection = HttpConnection.open(plan.gateway)) {
                send(connection);
            } catch (final IOException | BenchFailure e) {
                failure = e;
            }
        }

        private void send(final HttpConnection connection) throws IOException {
            int length = 0;
            for (final RequestTemplate template : templates) {
                length = Math.max(length, template.length());
            }
            final ByteBuffer buffer = ByteBuffer.allocate(length * plan.pipelined);
            final long startNs = System.nanoTime();
            long round = 0;
            final long roundEvents = (long) plan.pipelined * plan.eventsPerRequest;
            final double nsPerRound = plan.eventsPerSecond == 0 ? 0 : 1e9 * plan.connections * roundEvents / plan.eventsPerSecond;
            while (!isStopped && System.nanoTime() - startNs < durationNs && events < maxEvents) {
                final long dueNs = startNs + (long) (round * nsPerRound);
                while (nsPerRound > 0 && System.nanoTime() - dueNs < 0) {
                    LockSupport.parkNanos(Math.max(1, dueNs - System.nanoTime()));
                }
                final RequestTemplate template = templates[(int) (round++ % TEMPLATES)];
                final long timeUs = clock.microTime();
                minTimeUs = Math.min(minTimeUs, timeUs);
                maxTimeUs = Math.max(maxTimeUs, timeUs);
                for (int i = 0; i < plan.pipelined; i++) {
                    template.write(buffer, nextId + (long) i * plan.eventsPerRequest, timeUs);
                }
                exchange(connection, buffer.flip(), template, timeUs);
                buffer.clear();
                nextId += roundEvents;
            }
            elapsedNs = System.nanoTime() - startNs;
        }

        private void exchange(final HttpConnection connection, final ByteBuffer requests, final RequestTemplate template, final long timeUs)
            throws IOException {
            connection.send(requests);
            int refused = 0;
            final boolean[] accepted = new boolean[plan.pipelined];
            for (int i = 0; i < plan.pipelined; i++) {
                accepted[i] = isAccepted(connection, template);
                refused += accepted[i] ? 0 : 1;
            }
            for (int i = 0; refused > 0; i = (i + 1) % plan.pipelined) {
                if (!accepted[i]) {
                    retries++;
                    LockSupport.parkNanos(PAUSE_NS);
                    final ByteBuffer again = ByteBuffer.allocate(template.length());
                    template.write(again, nextId + (long) i * plan.eventsPerRequest, timeUs);
                    connection.send(again.flip());
                    accepted[i] = isAccepted(connection, template);
                    refused -= accepted[i] ? 1 : 0;
                }
            }
        }

        private boolean isAccepted(final HttpConnection connection, final RequestTemplate template) throws IOException {
            final int status = connection.receive();
            if (status == 429 || status == 503) {
                return false;
            }
            if (status != 202 || template.events() > 1 && connection.number("events_accepted") != template.events()) {
                throw new BenchFailure("the gateway answered " + status + ": " + connection.bodyText());
            }
            events += template.events();
            amountSum += template.amountSum();
            return true;
        }
    }
}
