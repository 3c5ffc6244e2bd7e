package io.truenow.perf.bench;

import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks, each in a JVM of its own. */
public final class MicroBench implements Bench {
    @Override
    public String name() {
        return "micro";
    }

    @Override
    public String description() {
        return "Single steps in nanoseconds, by JMH: build, encode and check a batch, hash an id";
    }

    @Override
    public boolean needsTrueNow() {
        return false;
    }

    @Override
    public void run(final BenchEnvironment environment) throws Exception {
        final Figures figures = new Figures(environment);
        for (final RunResult result : new Runner(new OptionsBuilder().include("io\\.truenow\\.perf\\.micro\\.").build()).run()) {
            final String benchmark = result.getParams().getBenchmark();
            final String name = benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1).replace('.', '_');
            figures.add(name, result.getPrimaryResult().getScore(), result.getPrimaryResult().getScoreUnit());
        }
        figures.print();
    }
}
