package io.truenow.fabric.metrics;

import org.agrona.concurrent.status.AtomicCounter;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.DoubleSupplier;

/**
 * The counters and gauges of a process, exposed in Prometheus' text format and, counters, to Aeron's tools. Names follow Prometheus:
 * {@code truenow_<service>_<what>_<unit>}, counters end in {@code _total}. Registration is thread safe and belongs to launch; a counter is
 * written by one thread, or by several with the atomic {@code increment} and {@code getAndAdd}.
 */
public interface Metrics {
    /**
     * A counter that only grows. It stays writable for as long as somebody holds it, whatever was closed before.
     *
     * @param labels name and value in turn, such as {@code "lane", "0"}.
     * @throws IllegalStateException if one of the same name and labels is registered.
     */
    AtomicCounter counter(String name, String help, String... labels);

    /** A value read when somebody looks; the supplier is called on an HTTP thread and must not block. */
    void gauge(String name, String help, DoubleSupplier value, String... labels);

    /** Writes everything in Prometheus' text format, {@link #CONTENT_TYPE}. Any thread. */
    void expose(OutputStream out) throws IOException;

    /** Media type of {@link #expose}. */
    String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
}
