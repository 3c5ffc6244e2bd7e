package io.truenow.perf.bench;

import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;

/** How soon an event is seen, and how long a query takes. */
public final class FreshnessBench implements Bench {
    @Override
    public String name() {
        return "freshness";
    }

    @Override
    public String description() {
        return "Send to visible and query latency, idle and beside a stream of events";
    }

    @Override
    public void run(final BenchEnvironment environment) {
        throw new UnsupportedOperationException("to come");
    }
}
