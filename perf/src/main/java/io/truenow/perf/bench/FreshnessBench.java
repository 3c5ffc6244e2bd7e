package io.truenow.perf.bench;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.time.WallClock;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.BenchFailure;
import io.truenow.perf.load.BinaryLoad;
import io.truenow.perf.load.HttpConnection;
import io.truenow.perf.load.QueryProbe;
import io.truenow.perf.load.RestLoad;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.EpochMicroClock;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How soon an event is seen and how long a query takes, on a table of a million rows, idle and beside a stream of events into the same
 * table. Open loop: probes are due at fixed times, and latency counts from when a probe was due, so a stall counts against all probes that
 * it delays. Freshness is from sending an event by REST to holding a query's answer that shows it: asked again and again without a token,
 * or once with the token of the acknowledgement. Options: {@code rows}, {@code seconds} a part, {@code rate} of probes and {@code stream}
 * events a second.
 */
public final class FreshnessBench implements Bench {
    private static final String NAMESPACE = "bench";
    private static final int VISIBLE_LIMIT_SECONDS = 60;
    private static final long PROBE_LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);

    @Override
    public String name() {
        return "freshness";
    }

    @Override
    public String description() {
        return "Send to visible and query latency, idle and beside a stream of events";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("rows", 1_000_000, "warmup", 3, "seconds", 10, "stream", 100_000, "rate", 50);
    }

    @Override
    public void run(final BenchEnvironment environment) throws Exception {
        final Figures figures = new Figures(environment);
        final String table = "fresh_" + Long.toString(System.nanoTime(), 36);
        final int rows = environment.option("rows");
        final RestLoad.Sent held = fill(environment, table, rows);
        environment.report("table of %,d rows filled", held.events());

        try (Probes probes = new Probes(environment, table, held)) {
            probes.measure(environment.option("warmup"), null, "");
            probes.measure(environment.option("seconds"), figures, "idle");
            final int rate = environment.option("stream");
            final RestLoad stream = new RestLoad(new RestLoad.Plan(environment.gateway(), NAMESPACE, table, 1, 1_000, 1, rate));
            stream.start(1L << 41, 3_600, Long.MAX_VALUE);
            final RestLoad.Sent sent;
            try {
                probes.measure(environment.option("warmup"), null, "");
                probes.measure(environment.option("seconds"), figures, "loaded");
            } finally {
                stream.stop();
                sent = stream.join();
            }
            try (QueryProbe probe = new QueryProbe(environment.query())) {
                probe.awaitTotals(NAMESPACE, table, held.plus(sent), VISIBLE_LIMIT_SECONDS);
            }
            environment.report("beside it: %,.0f events/s, all %,d counted", sent.rate(), sent.events());
            figures.add("freshness_stream", sent.rate(), "events/s");
        }
        figures.print();
    }

    private static RestLoad.Sent fill(final BenchEnvironment environment, final String table, final int rows) throws Exception {
        final RestLoad load = new RestLoad(new RestLoad.Plan(environment.gateway(), NAMESPACE, table, 2, 1_000, 1, 0));
        final RestLoad.Sent sent = load.run(0, 600, rows);
        try (QueryProbe probe = new QueryProbe(environment.query())) {
            probe.awaitTotals(NAMESPACE, table, sent, VISIBLE_LIMIT_SECONDS);
        }
        return sent;
    }

    /**
     * The connections of the probes. Their events lie hours before the others': each at a microsecond of its own, so that a query sees just
     * it.
     */
    private static final class Probes implements AutoCloseable {
        private final BenchEnvironment environment;
        private final String table;
        private final HttpConnection gateway;
        private final QueryProbe query;
        private final BinaryLoad binary;
        private final EpochMicroClock clock = WallClock.INSTANCE;
        private final String scan;
        private long nextProbeTimeUs;

        Probes(final BenchEnvironment environment, final String table, final RestLoad.Sent held) throws IOException {
            this.environment = environment;
            this.table = table;
            this.gateway = HttpConnection.open(environment.gateway());
            this.query = new QueryProbe(environment.query());
            this.binary = new BinaryLoad(environment, NAMESPACE, table, AckLevel.JOURNALED);
            this.nextProbeTimeUs = clock.microTime() - 2 * HOUR_US;
            this.scan = String.format(Locale.ROOT, "{\"namespace\":\"%s\",\"table\":\"%s\",\"start_time\":%d,\"end_time\":%d,"
                + "\"group_by\":[\"country\"],\"aggregate\":\"sum\",\"metric\":\"amount\"}",
                NAMESPACE, table, held.minTimeUs(), held.maxTimeUs() + 1);
        }

        /** Figures null: to warm up. */
        void measure(final int seconds, final Figures figures, final String when) throws IOException {
            final int rate = environment.option("rate");
            final Histogram polled = openLoop(seconds, rate, this::sendThenPoll);
            final Histogram withToken = openLoop(seconds, rate, this::sendThenAskWithToken);
            final Histogram aeron = openLoop(seconds, rate, this::fireThenPoll);
            final Histogram queries = openLoop(seconds, rate, () -> query.query(scan));
            if (figures != null) {
                figures.add("freshness_" + when, "send by REST to visible, " + when, polled);
                figures.add("freshness_token_" + when, "send by REST to answer with the token, " + when, withToken);
                figures.add("freshness_aeron_" + when, "send by Aeron to visible, " + when, aeron);
                figures.add("query_" + when, "query: sum by country over the filled rows, " + when, queries);
            }
        }

        private interface Probe {
            void run() throws IOException;
        }

        private Histogram openLoop(final int seconds, final int rate, final Probe probe) throws IOException {
            final Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(10), 3);
            final long startNs = System.nanoTime();
            for (long i = 0; i < (long) seconds * rate; i++) {
                final long dueNs = startNs + i * 1_000_000_000L / rate;
                while (System.nanoTime() - dueNs < 0) {
                    binary.poll();
                    LockSupport.parkNanos(Math.clamp(dueNs - System.nanoTime(), 1, 500_000));
                }
                probe.run();
                histogram.recordValue(System.nanoTime() - dueNs);
            }
            return histogram;
        }

        private void sendThenPoll() throws IOException {
            final long timeUs = nextProbeTimeUs++;
            send(timeUs);
            awaitVisible(timeUs);
        }

        private void sendThenAskWithToken() throws IOException {
            final long timeUs = nextProbeTimeUs++;
            send(timeUs);
            final String answer = gateway.bodyText();
            final int start = answer.indexOf("\"token\":\"") + 9;
            final String token = answer.substring(start, answer.indexOf('"', start));
            if (query.query(probeQuery(timeUs, ",\"token\":\"" + token + '"')).contains("\"results\":[]")) {
                throw new BenchFailure("a query with the token does not show the event");
            }
        }

        private void fireThenPoll() throws IOException {
            final long timeUs = nextProbeTimeUs++;
            binary.fire(timeUs, timeUs);
            awaitVisible(timeUs);
            binary.poll();
        }

        private void send(final long timeUs) throws IOException {
            final int status = gateway.exchange("/v1/ingest", String.format(Locale.ROOT,
                "{\"namespace\":\"%s\",\"table\":\"%s\",\"event_id\":\"probe-%d\",\"event_time\":%d,\"dimensions\":{\"country\":\"probe\"},"
                    + "\"metrics\":{\"amount\":1}}", NAMESPACE, table, timeUs, timeUs));
            if (status != 202) {
                throw new BenchFailure("the gateway answered " + status + ": " + gateway.bodyText());
            }
        }

        private void awaitVisible(final long timeUs) throws IOException {
            final long deadlineNs = System.nanoTime() + PROBE_LIMIT_NS;
            final byte[] request = query.connection().post("/v1/query", probeQuery(timeUs, "").getBytes(StandardCharsets.UTF_8));
            do {
                query.connection().send(ByteBuffer.wrap(request));
                final int status = query.connection().receive();
                if (status != 200) {
                    throw new BenchFailure("the query node answered " + status + ": " + query.connection().bodyText());
                }
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new BenchFailure("an acknowledged event was not visible after ten seconds");
                }
                binary.poll();
            } while (query.connection().number("count") != 1);
        }

        private String probeQuery(final long timeUs, final String more) {
            return String.format(Locale.ROOT,
                "{\"namespace\":\"%s\",\"table\":\"%s\",\"start_time\":%d,\"end_time\":%d,\"aggregate\":\"count\"%s}",
                NAMESPACE, table, timeUs, timeUs + 1, more);
        }

        @Override
        public void close() throws IOException {
            binary.close();
            gateway.close();
            query.close();
        }
    }
}
