package io.truenow.perf.micro;

import io.truenow.perf.engine.ScratchDirectory;
import io.truenow.perf.engine.SealRun;
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

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Sealing 2^20 rows to a file of the working directory, sync included, and using it; times are of one row or id. See {@link SealRun}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class SealBenchmark {
    private static final int ROWS = 1 << 20;
    private static final int LOOKUPS = 100_000;
    private static final int PAGES = 1_000;

    private ScratchDirectory directory;
    private SealRun run;

    /** Fills the open segment and seals it once. */
    @Setup
    public void setUp() throws IOException {
        directory = ScratchDirectory.in(Path.of(""));
        run = new SealRun(20_261_123L, ROWS, PAGES, directory.path());
        run.seal();
    }

    /** Deletes the files. */
    @TearDown
    public void tearDown() throws IOException {
        run.close();
        directory.close();
    }

    /** Open rows to a file. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long seal() throws IOException {
        return run.seal();
    }

    /** A file's rows to a new file, as in a merge. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long rewrite() throws IOException {
        return run.rewrite();
    }

    /** Checking, mapping and retaining, as at a start. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long find() throws IOException {
        return run.find();
    }

    /** Ids there and not there. */
    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int lookUp() {
        return run.lookUp(LOOKUPS);
    }

    /** All rows of one of the thousand values: about {@code 2^20 / 1 000} rows. */
    @Benchmark
    public long walk() {
        return run.walk(1);
    }
}
