package io.truenow.perf.micro;

import io.truenow.engine.scan.loop.LoopPractice;
import io.truenow.perf.engine.KernelRun;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/** The query kernels over rows that no cache holds, by one core; times are of one row. See {@link KernelRun}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class KernelBenchmark {
    /** What is computed. */
    @Param
    private KernelRun.Work work;

    /** Whether rows lie as in sealed segments. */
    @Param({"false", "true"})
    private boolean sealed;

    private KernelRun run;

    /** Makes up the rows. */
    @Setup
    public void setUp() {
        LoopPractice.run(() -> true);
        run = new KernelRun(20_261_123L, sealed);
    }

    /** Gives the memory back. */
    @TearDown
    public void tearDown() {
        run.close();
    }

    /** All rows. */
    @Benchmark
    @OperationsPerInvocation(KernelRun.ROWS)
    public double pass() {
        return run.pass(work);
    }
}
