package io.truenow.perf;

import io.truenow.perf.bench.EngineBench;
import io.truenow.perf.bench.FreshnessBench;
import io.truenow.perf.bench.IdleBench;
import io.truenow.perf.bench.IngestBench;
import io.truenow.perf.bench.MicroBench;
import io.truenow.perf.bench.QueriesBench;
import io.truenow.perf.bench.SketchBench;
import io.truenow.perf.bench.TogetherBench;

import java.util.List;

/** All benches, in the order in which they are listed. */
public final class Benches {
    private static final List<Bench> ALL = List.of(new IngestBench(), new FreshnessBench(), new QueriesBench(), new EngineBench(),
        new TogetherBench(), new SketchBench(), new IdleBench(), new MicroBench());

    private Benches() {
    }

    /** All of them. */
    public static List<Bench> all() {
        return ALL;
    }

    /** The bench of that name, or null. */
    public static Bench named(final String name) {
        return ALL.stream().filter(bench -> bench.name().equals(name)).findFirst().orElse(null);
    }
}
