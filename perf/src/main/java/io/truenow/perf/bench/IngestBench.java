package io.truenow.perf.bench;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.load.BinaryLoad;
import io.truenow.perf.load.QueryProbe;
import io.truenow.perf.load.RestLoad;

import java.util.Map;

/**
 * How many events a second a gateway takes: by REST in batches of 1 000 and one by one, and by the Aeron-native client. After each part the
 * table is queried: it must hold exactly what was acknowledged. Options: {@code seconds} and {@code warmup} a part, {@code connections},
 * {@code max-events} a part, {@code batch}.
 */
public final class IngestBench implements Bench {
    private static final String NAMESPACE = "bench";
    private static final int VISIBLE_LIMIT_SECONDS = 60;

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String description() {
        return "Events a second: REST in batches, REST one by one, and the binary path";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("connections", 4, "batch", 1_000, "warmup", 3, "seconds", 5, "max-events", 4_000_000);
    }

    @Override
    public boolean needsAeron() {
        return true;
    }

    @Override
    public void run(final BenchEnvironment environment) throws Exception {
        final Figures figures = new Figures(environment);
        final String suffix = Long.toString(System.nanoTime(), 36);
        final int connections = environment.option("connections");
        final int batch = environment.option("batch");
        rest(environment, figures, "rest_batch", "batch_" + suffix, new int[]{connections, batch, 1});
        rest(environment, figures, "rest_single", "single_" + suffix, new int[]{connections, 1, 16});
        binary(environment, figures, "binary_journaled", "journaled_" + suffix, AckLevel.JOURNALED);
        binary(environment, figures, "binary_applied", "applied_" + suffix, AckLevel.APPLIED);
        figures.print();
    }

    private static void rest(
        final BenchEnvironment environment, final Figures figures, final String name, final String table, final int[] shape)
        throws Exception {
        final RestLoad load =
            new RestLoad(new RestLoad.Plan(environment.gateway(), NAMESPACE, table, shape[0], shape[1], shape[2], 0));
        final RestLoad.Sent warmup = load.run(0, environment.option("warmup"), environment.option("max-events"));
        final RestLoad.Sent sent = load.run(1L << 40, environment.option("seconds"), environment.option("max-events"));
        report(environment, figures, name, table, warmup, sent);
    }

    private static void binary(
        final BenchEnvironment environment, final Figures figures, final String name, final String table, final AckLevel level)
        throws Exception {
        try (BinaryLoad load = new BinaryLoad(environment, NAMESPACE, table, level)) {
            final RestLoad.Sent warmup = load.run(0, environment.option("warmup"), environment.option("max-events"));
            final RestLoad.Sent sent = load.run(1L << 40, environment.option("seconds"), environment.option("max-events"));
            report(environment, figures, name, table, warmup, sent);
        }
    }

    private static void report(
        final BenchEnvironment environment,
        final Figures figures,
        final String name,
        final String table,
        final RestLoad.Sent warmup,
        final RestLoad.Sent sent) throws Exception {
        try (QueryProbe probe = new QueryProbe(environment.query())) {
            final double visibleSeconds = probe.awaitTotals(NAMESPACE, table, warmup.plus(sent), VISIBLE_LIMIT_SECONDS);
            environment.report("%-18s %,12.0f events/s  (%,d events in %.2f s, %d retries; all counted %.2f s later)",
                name, sent.rate(), sent.events(), sent.seconds(), sent.retries(), visibleSeconds);
            figures.add("ingest_" + name, sent.rate(), "events/s");
            figures.add("ingest_" + name + "_visible_after", visibleSeconds, "s");
        }
    }
}
