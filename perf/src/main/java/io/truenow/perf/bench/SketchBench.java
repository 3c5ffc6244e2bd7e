package io.truenow.perf.bench;

import io.truenow.engine.scan.loop.LoopPractice;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.engine.SketchRun;
import io.truenow.perf.sketch.DistinctCandidate;
import io.truenow.perf.sketch.QuantileCandidate;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Sketches side by side on one group's values in seven parts, then queries for ours on one lane. Times are of this thread's processor
 * time, so others may use the cores.
 */
public final class SketchBench implements Bench {
    private static final int PARTS = 7;
    private static final int ROUNDS = 5;
    private static final int DISTINCT_TRIALS = 40;
    private static final int VALUES = 2_000_000;
    private static final int REPEATS = 7;
    private static final double[] RANKS = {0.5, 0.95, 0.99, 0.999};

    /** What a candidate showed. */
    private record Shown(double updateNs, double mergeUs, int lengthBytes, double[] error, double[] bound) {
    }

    @Override
    public String name() {
        return "sketches";
    }

    @Override
    public String description() {
        return "Sketches: rates, sizes and errors side by side, then queries on one lane in this process; rows=10000000";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("rows", 10_000_000);
    }

    @Override
    public boolean needsTrueNow() {
        return false;
    }

    @Override
    public void run(final BenchEnvironment environment) {
        LoopPractice.run(() -> true);
        final Figures figures = new Figures(environment);
        compare(environment, figures);
        final int rows = environment.option("rows");
        environment.report("queries over %d events in seven open segments, milliseconds: without cubes, and warm", rows);
        try (SketchRun run = new SketchRun(rows)) {
            for (final SketchRun.Query query : SketchRun.Query.values()) {
                // the first time for the compiler
                run.measure(query, REPEATS);
                final SketchRun.Result result = run.measure(query, REPEATS);
                environment.report("%-16s %7.1f %7.2f  %d B", query, result.first(), result.warm(), result.lengthBytes());
                figures.add(query + "_first", result.first(), "ms");
                figures.add(query + "_warm", result.warm(), "ms");
            }
        }
        figures.print();
    }

    private static void compare(final BenchEnvironment environment, final Figures figures) {
        final double[] values = new double[VALUES];
        final Random random = new Random(20_261_123L);
        Arrays.setAll(values, i -> Math.exp(3 + 1.5 * random.nextGaussian()));
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        environment.report("quantiles of %d log-normal values; error and bound are of the rank", VALUES);
        for (final QuantileCandidate.Named candidate : QuantileCandidate.all()) {
            final Shown shown = quantiles(candidate, values, sorted);
            environment.report("%-13s %6.1f ns an update %7.1f us a merge %6d B",
                candidate.name(), shown.updateNs, shown.mergeUs, shown.lengthBytes);
            for (int i = 0; i < RANKS.length; i++) {
                environment.report("    p%-5s error %.4f %%  bound %.4f %%", RANKS[i] * 100, shown.error[i] * 100, shown.bound[i] * 100);
            }
            figures.add(candidate.name() + "_update", shown.updateNs, "ns");
            figures.add(candidate.name() + "_merge", shown.mergeUs, "us");
        }
        environment.report("100000 distinct values, %d trials; error is the root mean square", DISTINCT_TRIALS);
        for (final DistinctCandidate.Named candidate : DistinctCandidate.all()) {
            final Shown shown = distinct(candidate);
            environment.report("%-13s %6.1f ns an update %7.1f us a merge %6d B  error %.2f %%",
                candidate.name(), shown.updateNs, shown.mergeUs, shown.lengthBytes, shown.error[0] * 100);
            figures.add(candidate.name() + "_update", shown.updateNs, "ns");
            figures.add(candidate.name() + "_merge", shown.mergeUs, "us");
        }
    }

    private static Shown quantiles(final QuantileCandidate.Named candidate, final double[] values, final double[] sorted) {
        double updateNs = Double.MAX_VALUE;
        double mergeUs = Double.MAX_VALUE;
        int lengthBytes = 0;
        final double[] error = new double[RANKS.length];
        final double[] bound = new double[RANKS.length];
        for (int round = 0; round < ROUNDS; round++) {
            final List<QuantileCandidate> parts = new ArrayList<>();
            final long start = nowNs();
            for (int part = 0; part < PARTS; part++) {
                final QuantileCandidate sketch = candidate.create().get();
                for (int i = part * (values.length / PARTS), end = i + values.length / PARTS; i < end; i++) {
                    sketch.update(values[i]);
                }
                parts.add(sketch);
            }
            updateNs = Math.min(updateNs, (nowNs() - start) / (double) values.length);
            final QuantileCandidate merged = candidate.create().get();
            final long mergeStart = nowNs();
            parts.forEach(merged::merge);
            mergeUs = Math.min(mergeUs, (nowNs() - mergeStart) / 1e3 / PARTS);
            lengthBytes = merged.lengthBytes();
            for (int i = 0; i < RANKS.length; i++) {
                error[i] = Math.max(error[i], Math.abs(rank(sorted, merged.quantile(RANKS[i])) - RANKS[i]));
                bound[i] = Math.max(bound[i], Math.max(RANKS[i] - rank(sorted, merged.lowerBound(RANKS[i])),
                    rank(sorted, merged.upperBound(RANKS[i])) - RANKS[i]));
            }
        }
        return new Shown(updateNs, mergeUs, lengthBytes, error, bound);
    }

    private static Shown distinct(final DistinctCandidate.Named candidate) {
        final int count = 100_000;
        double updateNs = Double.MAX_VALUE;
        double mergeUs = Double.MAX_VALUE;
        double squares = 0;
        int lengthBytes = 0;
        for (int trial = 0; trial < DISTINCT_TRIALS; trial++) {
            final SplittableRandom random = new SplittableRandom(trial);
            final long[] hashes = random.longs(count).toArray();
            final List<DistinctCandidate> parts = new ArrayList<>();
            final long start = nowNs();
            for (int part = 0; part < PARTS; part++) {
                final DistinctCandidate sketch = candidate.create().get();
                // parts overlap by half
                for (int i = 0; i < count; i++) {
                    if (i % PARTS == part || (i + 1) % PARTS == part && (i & 1) == 0) {
                        sketch.update(hashes[i]);
                    }
                }
                parts.add(sketch);
            }
            updateNs = Math.min(updateNs, (nowNs() - start) / (count * 1.5));
            final DistinctCandidate merged = candidate.create().get();
            final long mergeStart = nowNs();
            parts.forEach(merged::merge);
            mergeUs = Math.min(mergeUs, (nowNs() - mergeStart) / 1e3 / PARTS);
            lengthBytes = merged.lengthBytes();
            final double error = merged.estimate() / count - 1;
            squares += error * error;
        }
        return new Shown(updateNs, mergeUs, lengthBytes, new double[] {Math.sqrt(squares / DISTINCT_TRIALS)}, new double[0]);
    }

    /** The part of the values that do not exceed this one. */
    private static double rank(final double[] sorted, final double value) {
        if (Double.isNaN(value)) {
            return Double.NaN;
        }
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (sorted[middle] <= value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low / (double) sorted.length;
    }

    private static long nowNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
