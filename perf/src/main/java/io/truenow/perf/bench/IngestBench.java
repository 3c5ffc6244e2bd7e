package io.truenow.perf.bench;

import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;

/** How many events a second a gateway takes. */
public final class IngestBench implements Bench {
    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String description() {
        return "Events a second: REST in batches, REST one by one, and the binary path";
    }

    @Override
    public void run(final BenchEnvironment environment) {
        throw new UnsupportedOperationException("to come");
    }
}
