package io.truenow.perf;

import java.io.PrintStream;
import java.net.URI;
import java.util.Locale;
import java.util.Map;

/**
 * The TrueNow that a bench runs against, and how it is wanted. Whoever runs the bench starts and stops that TrueNow: ready before, stopped
 * after.
 *
 * @param gateway          such as {@code http://127.0.0.1:8088}.
 * @param query            such as {@code http://127.0.0.1:8081}.
 * @param aeronDirectory   of the gateway's media driver if it is on this machine, else null: then the binary path goes by UDP.
 * @param gatewayAeronHost where the gateway's Aeron endpoint is reached.
 * @param gatewayAeronPort its UDP port; 0 if unknown and {@code aeronDirectory} is given.
 * @param options          by name, see {@link #option}; unknown ones are of no effect.
 * @param out              gets the report and the figures.
 */
public record BenchEnvironment(
    URI gateway,
    URI query,
    String aeronDirectory,
    String gatewayAeronHost,
    int gatewayAeronPort,
    Map<String, String> options,
    PrintStream out) {
    public BenchEnvironment {
        options = Map.copyOf(options);
    }

    /** An option that is a whole number, such as {@code seconds}, {@code connections}, {@code rate}, {@code rows}. */
    public int option(final String name, final int byDefault) {
        final String value = options.get(name);
        try {
            return value == null ? byDefault : Integer.parseInt(value);
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("option " + name + " must be a whole number: " + value, e);
        }
    }

    /** Prints a line of the report. */
    public void report(final String format, final Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }
}
