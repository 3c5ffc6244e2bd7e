package io.truenow.fabric.metrics;

import org.agrona.concurrent.status.AtomicCounter;

import java.util.function.DoubleSupplier;

/**
 * The counters and gauges of a process, exposed in Prometheus' text format and, counters, to Aeron's tools. Names follow Prometheus:
 * {@code truenow_<service>_<what>_<unit>}, counters end in {@code _total}. Registration is thread safe and belongs to launch; a counter is
 * written by one thread.
 */
public interface Metrics {
    /**
     * A counter that only grows.
     *
     * @param labels name and value in turn, such as {@code "lane", "0"}.
     * @throws IllegalStateException if one of the same name and labels is registered.
     */
    AtomicCounter counter(String name, String help, String... labels);

    /** A value read when somebody looks; the supplier is called on an HTTP thread and must not block. */
    void gauge(String name, String help, DoubleSupplier value, String... labels);
}
