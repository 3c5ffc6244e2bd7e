package io.truenow.perf.bench;

import io.truenow.perf.BenchEnvironment;
import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a bench has measured, to be printed last. Belongs to one thread. */
final class Figures {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    private final BenchEnvironment environment;
    private final List<String> lines = new ArrayList<>();

    Figures(final BenchEnvironment environment) {
        this.environment = environment;
    }

    void add(final String name, final double value, final String unit) {
        lines.add(String.format(Locale.ROOT, "%s %s %s", name, value >= 1_000 ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.3f", value), unit));
    }

    /** Reports a histogram of nanoseconds, and takes its percentiles as figures in milliseconds. */
    void add(final String name, final String title, final Histogram histogram) {
        environment.report("%s: %d samples, mean %.3f ms", title, histogram.getTotalCount(), histogram.getMean() / 1e6);
        final StringBuilder line = new StringBuilder("   ");
        for (final double percentile : PERCENTILES) {
            line.append(String.format(Locale.ROOT, "  p%s %.3f ms", percentile == 100 ? "100" : trim(percentile),
                histogram.getValueAtPercentile(percentile) / 1e6));
        }
        environment.report("%s", line);
        add(name + "_p50", histogram.getValueAtPercentile(50) / 1e6, "ms");
        add(name + "_p99", histogram.getValueAtPercentile(99) / 1e6, "ms");
        add(name + "_p99.9", histogram.getValueAtPercentile(99.9) / 1e6, "ms");
    }

    void print() {
        environment.out().println();
        lines.forEach(environment.out()::println);
    }

    private static String trim(final double percentile) {
        return percentile == Math.rint(percentile) ? Integer.toString((int) percentile) : Double.toString(percentile);
    }
}
