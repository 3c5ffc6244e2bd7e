package io.truenow.perf.micro;

import io.truenow.perf.engine.ApplyRun;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Checking and applying batches of three dimensions and two metrics, dedup included; times are of one event. See {@link ApplyRun}; with
 * {@code -prof gc} the heap's bytes an event are {@code gc.alloc.rate.norm}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
public class ApplyBenchmark {
    private ApplyRun run;

    /** Builds the batches. */
    @Setup
    public void setUp() {
        run = new ApplyRun(20_261_123L);
    }

    /** Gives the memory back. */
    @TearDown
    public void tearDown() {
        run.close();
    }

    /** A whole span of batches. */
    @Benchmark
    @OperationsPerInvocation(ApplyRun.EVENTS)
    public long apply() {
        return run.pass();
    }
}
