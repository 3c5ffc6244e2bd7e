package io.truenow.perf.bench;

import io.truenow.engine.scan.loop.LoopPractice;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.engine.TogetherRun;

import java.util.Map;

/** A lane that applies and a reader that scans what it holds: each alone, then at once. Options: {@code rounds}, {@code milliseconds}. */
public final class TogetherBench implements Bench {
    private static final long SEED = 20_261_123L;

    @Override
    public String name() {
        return "together";
    }

    @Override
    public String description() {
        return "The engine's lane and reader on two cores: apply and scan, each alone and both at once";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("rounds", 5, "milliseconds", 1_500);
    }

    @Override
    public boolean needsTrueNow() {
        return false;
    }

    @Override
    public void run(final BenchEnvironment environment) {
        LoopPractice.run(() -> true);
        final Figures figures = new Figures(environment);
        final TogetherRun.Result result =
            TogetherRun.measure(SEED, environment.option("rounds"), environment.option("milliseconds"));
        environment.report("apply %,.0f events/s alone, %,.0f while a reader scans; scan %,.0f rows/s alone, %,.0f while a lane applies",
            result.applyAlone(), result.applyTogether(), result.scanAlone(), result.scanTogether());
        figures.add("engine.together.apply.events_per_s", result.applyTogether(), "events/s");
        figures.add("engine.together.scan.rows_per_s", result.scanTogether(), "rows/s");
        figures.add("engine.together.apply_ratio", result.applyTogether() / result.applyAlone(), "of alone");
        figures.add("engine.together.scan_ratio", result.scanTogether() / result.scanAlone(), "of alone");
        figures.print();
    }
}
