package io.truenow.gateway;

import io.truenow.fabric.metrics.Metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What an operator reads at {@code /metrics}. */
public final class ExposedMetrics {
    private ExposedMetrics() {
    }

    /**
     * The value of one series.
     *
     * @param series name with labels as they are exposed, such as {@code x_total{code="a"}}.
     */
    public static double value(final Metrics metrics, final String series) {
        final String text = text(metrics);
        return text.lines().filter(line -> line.startsWith(series + ' ')).mapToDouble(
            line -> Double.parseDouble(line.substring(series.length() + 1))).findFirst().orElseThrow(
                () -> new AssertionError("no " + series + " in\n" + text));
    }

    /** The sum of all series of a name. */
    public static double sum(final Metrics metrics, final String name) {
        return text(metrics).lines().filter(line -> line.startsWith(name + '{')).mapToDouble(
            line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
    }

    private static String text(final Metrics metrics) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            metrics.expose(out);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
