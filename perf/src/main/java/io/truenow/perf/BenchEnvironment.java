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
 * @param pid              of its process; 0 where others started it.
 * @param options          a value for each that the bench has.
 * @param out              gets the report and the figures.
 */
public record BenchEnvironment(
    URI gateway,
    URI query,
    String aeronDirectory,
    String gatewayAeronHost,
    int gatewayAeronPort,
    long pid,
    Map<String, Integer> options,
    PrintStream out) {
    public BenchEnvironment {
        options = Map.copyOf(options);
    }

    /** The value of an option that the bench {@linkplain Bench#options() has}. */
    public int option(final String name) {
        final Integer value = options.get(name);
        if (value == null) {
            throw new IllegalStateException("the bench has not declared its option " + name);
        }
        return value;
    }

    /** Prints a line of the report. */
    public void report(final String format, final Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }
}
