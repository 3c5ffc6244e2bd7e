package io.truenow.perf;

import java.util.Map;

/** Something measured against a running TrueNow. Run on the calling thread; may start threads of its own and ends them. */
public interface Bench {
    /** What the command line calls it. */
    String name();

    /** One line for the list of benches. */
    String description();

    /** The options it has, all whole numbers, by name, with their defaults. */
    default Map<String, Integer> options() {
        return Map.of();
    }

    /** Whether it runs against a TrueNow; else its environment has none. */
    default boolean needsTrueNow() {
        return true;
    }

    /** Whether it sends events by the Aeron-native client too. */
    default boolean needsAeron() {
        return false;
    }

    /**
     * Measures. Prints a report for people to {@link BenchEnvironment#out()}, then its figures last, one {@code name value unit} a line.
     *
     * @throws BenchFailure if what was measured is not what should have been, as when events are missing.
     * @throws Exception    if it cannot run.
     */
    void run(BenchEnvironment environment) throws Exception;
}
