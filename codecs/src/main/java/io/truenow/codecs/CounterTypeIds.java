package io.truenow.codecs;

/** The registry of type ids of counters in Aeron's counters file. Aeron keeps those below 1 000 for itself. */
public final class CounterTypeIds {
    /** A counter of {@code fabric.metrics}; its label is the metric's name and labels. */
    public static final int PROCESS_METRIC = 7_000;

    private CounterTypeIds() {
    }
}
