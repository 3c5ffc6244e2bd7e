package io.truenow.perf.bench;

import io.truenow.fabric.time.WallClock;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.BenchFailure;
import io.truenow.perf.load.QueryProbe;
import io.truenow.perf.load.QueryWorkload;
import io.truenow.perf.load.RestLoad;
import io.truenow.perf.load.TableFill;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The seven queries over tables of ten million events, by REST: the first time that each is asked of a table, and warm. Answers are
 * compared with the workload. Small tables are asked before, so that the code is compiled but nothing of the large ones is cached.
 * Options: {@code rows} a table, {@code tables} (the first time is their median), {@code repeats} (warm is their median), {@code wait}
 * seconds between filling and asking, in which segments may seal, {@code minutes} that the events are spread over.
 */
public final class QueriesBench implements Bench {
    private static final String NAMESPACE = "bench";
    private static final int VISIBLE_LIMIT_SECONDS = 120;
    private static final int WARM_UP_ROWS = 100_000;

    @Override
    public String name() {
        return "queries";
    }

    @Override
    public String description() {
        return "The seven queries of the comparison over 10 M events: first time and warm";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("minutes", 60, "warmups", 30, "tables", 1, "rows", 10_000_000, "wait", 0, "repeats", 200);
    }

    @Override
    public boolean needsAeron() {
        return true;
    }

    @Override
    public void run(final BenchEnvironment environment) throws Exception {
        final Figures figures = new Figures(environment);
        final String suffix = Long.toString(System.nanoTime(), 36);
        final long rangeUs = TimeUnit.MINUTES.toMicros(environment.option("minutes"));
        final long startUs = WallClock.INSTANCE.microTime() - rangeUs;
        final List<SevenQueries> tables = new ArrayList<>();
        final List<SevenQueries> warmUps = new ArrayList<>();
        for (int i = 0; i < environment.option("warmups"); i++) {
            warmUps.add(new SevenQueries(NAMESPACE, "warm_" + i + '_' + suffix, new QueryWorkload(startUs, rangeUs, WARM_UP_ROWS)));
        }
        for (int i = 0; i < environment.option("tables"); i++) {
            tables.add(new SevenQueries(NAMESPACE, "queries_" + i + '_' + suffix,
                new QueryWorkload(startUs, rangeUs, environment.option("rows"))));
        }
        fill(environment, figures, warmUps, tables);
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(environment.option("wait")));
        try (QueryProbe probe = new QueryProbe(environment.query())) {
            for (final SevenQueries warmUp : warmUps) {
                for (final String body : warmUp.bodies()) {
                    probe.query(body);
                }
            }
            ask(environment, figures, probe, tables);
        }
        figures.print();
    }

    private static void fill(
        final BenchEnvironment environment, final Figures figures, final List<SevenQueries> warmUps, final List<SevenQueries> tables)
        throws IOException {
        try (TableFill fill = new TableFill(environment); QueryProbe probe = new QueryProbe(environment.query())) {
            for (final SevenQueries warmUp : warmUps) {
                fill.fill(NAMESPACE, warmUp.table(), warmUp.workload());
                await(probe, warmUp);
            }
            for (final SevenQueries table : tables) {
                final double seconds = fill.fill(NAMESPACE, table.table(), table.workload());
                final double visibleSeconds = await(probe, table);
                environment.report("%s: %,d events in %.1f s, all counted %.1f s later",
                    table.table(), table.workload().rows(), seconds, visibleSeconds);
                figures.add("queries_fill", table.workload().rows() / (seconds + visibleSeconds), "events/s");
            }
        }
    }

    /** Waits until all events count. Its query is none of the seven, so it warms no cube of theirs. */
    private static double await(final QueryProbe probe, final SevenQueries table) throws IOException {
        double amountSum = 0;
        for (int event = 0; event < table.workload().rows(); event++) {
            amountSum += QueryWorkload.metric(event, 0);
        }
        return probe.awaitTotals(NAMESPACE, table.table(), new RestLoad.Sent(table.workload().rows(), (long) amountSum, 0,
            table.workload().startUs(), table.workload().endUs() - 1, 1), VISIBLE_LIMIT_SECONDS);
    }

    private static void ask(
        final BenchEnvironment environment, final Figures figures, final QueryProbe probe, final List<SevenQueries> tables)
        throws IOException {
        final int repeats = environment.option("repeats");
        final double[][] firstMs = new double[SevenQueries.TITLES.size()][tables.size()];
        final double[][] warmMs = new double[SevenQueries.TITLES.size()][repeats];
        for (int table = 0; table < tables.size(); table++) {
            final List<String> bodies = tables.get(table).bodies();
            final List<String> answers = new ArrayList<>();
            for (int query = 0; query < bodies.size(); query++) {
                firstMs[query][table] = timed(probe, bodies.get(query), answers);
            }
            SevenAnswers.check(tables.get(table), answers);
        }
        final SevenQueries last = tables.getLast();
        for (int query = 0; query < last.bodies().size(); query++) {
            final List<String> answers = new ArrayList<>();
            for (int i = 0; i < repeats; i++) {
                warmMs[query][i] = timed(probe, last.bodies().get(query), answers);
            }
            if (!sameRows(answers.getFirst(), answers.getLast())) {
                throw new BenchFailure(SevenQueries.TITLES.get(query) + ": the same rows are answered otherwise when asked again");
            }
            environment.report("%-58s first %8.2f ms of %s   warm %7.3f ms (p99 %.3f)   %s", SevenQueries.TITLES.get(query),
                quantile(firstMs[query], 0.5), Arrays.toString(firstMs[query]), quantile(warmMs[query], 0.5),
                quantile(warmMs[query], 0.99), metadata(answers.getLast()));
            figures.add("q" + (query + 1) + "_first", quantile(firstMs[query], 0.5), "ms");
            figures.add("q" + (query + 1) + "_warm", quantile(warmMs[query], 0.5), "ms");
        }
    }

    private static double timed(final QueryProbe probe, final String body, final List<String> answers) throws IOException {
        final long startNs = System.nanoTime();
        answers.add(probe.query(body));
        return (System.nanoTime() - startNs) / 10_000 / 100.0;
    }

    private static boolean sameRows(final String one, final String other) {
        return one.substring(0, one.indexOf("\"metadata\"")).equals(other.substring(0, other.indexOf("\"metadata\"")));
    }

    private static String metadata(final String answer) {
        final int start = answer.indexOf("\"records_scanned\"");
        return answer.substring(start, answer.indexOf(",\"cache_hit\"", start)).replace("\"", "");
    }

    private static double quantile(final double[] values, final double rank) {
        final double[] sorted = Arrays.stream(values).sorted().toArray();
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(rank * (sorted.length - 1)))];
    }
}
