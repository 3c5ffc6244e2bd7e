package io.truenow.perf.bench;

import io.truenow.engine.scan.loop.LoopPractice;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.engine.ApplyRun;
import io.truenow.perf.engine.CubeRun;
import io.truenow.perf.engine.DayRun;
import io.truenow.perf.engine.KernelRun;
import io.truenow.perf.engine.RestartRun;
import io.truenow.perf.engine.ScratchDirectory;
import io.truenow.perf.engine.SealRun;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/**
 * The hot tier's engine without its services, one core, one thing after the other in this process: batches applied, blocks scanned, a day
 * read from cubes, a segment sealed, a lane started again over its regions. Options: {@code rows} of the restart, {@code sealed-rows},
 * {@code passes}.
 */
public final class EngineBench implements Bench {
    private static final long SEED = 20_261_123L;
    private static final int THIRD_DIMENSION_VALUES = 1_000;
    /** For each pass measured. The compiler needs some seconds for vectors. */
    private static final int WARM_UP_PASSES = 8;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @Override
    public String name() {
        return "engine";
    }

    @Override
    public String description() {
        return "The hot tier's engine on one core: apply, kernels, cubes, bytes a row, restart";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("passes", 15, "rows", 10_000_000, "sealed-rows", 1 << 20);
    }

    @Override
    public boolean needsTrueNow() {
        return false;
    }

    @Override
    public void run(final BenchEnvironment environment) throws Exception {
        LoopPractice.run(() -> true);
        final Figures figures = new Figures(environment);
        final int passes = environment.option("passes");
        final ApplyRun.Result apply = ApplyRun.measure(SEED, passes, passes);
        environment.report("apply: %,.0f events/s with dedup, %.3f bytes allocated an event, %.1f bytes an id for dedup",
            apply.eventsPerSecond(), apply.allocatedBytesPerEvent(), apply.dedupBytesPerId());
        figures.add("engine.apply.events_per_s", apply.eventsPerSecond(), "events/s");
        figures.add("engine.apply.bytes_per_op", apply.allocatedBytesPerEvent(), "B");
        figures.add("engine.dedup.bytes_per_id", apply.dedupBytesPerId(), "B");
        day(environment, figures, passes);
        kernels(environment, figures, passes);
        final CubeRun.Result cube = CubeRun.measure(SEED, passes * 200, passes * 20);
        environment.report("24 hours by a dimension of 50 values, %d segments: from cubes %.0f us, first time %.0f us, from rows %.0f us; "
            + "%.0f bytes allocated a warm query", cube.segments(), cube.warmUs(), cube.firstUs(), cube.rowsUs(),
            cube.allocatedBytesPerQuery());
        figures.add("engine.cube24h.us", cube.warmUs(), "us");
        figures.add("engine.cube24h.bytes_per_op", cube.allocatedBytesPerQuery(), "B");
        restart(environment, figures);
        seal(environment, figures);
        figures.print();
    }

    private static void day(final BenchEnvironment environment, final Figures figures, final int passes) {
        final DayRun.Result day = inDirectory(null, directory -> {
            try {
                return DayRun.measure(SEED, passes, directory);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        environment.report("with %,d ids of 24 hours held, %.2f bytes each in the filter: %,.0f new events/s, "
            + "%,.0f repeated of files, %,.0f of memory, %,.0f late",
            day.ids(), day.idBytes(), day.newPerSecond(), day.repeatedPerSecond(), day.repeatedInMemoryPerSecond(), day.latePerSecond());
        figures.add("engine.apply_day.events_per_s", day.newPerSecond(), "events/s");
        figures.add("engine.apply_day.repeated.events_per_s", day.repeatedPerSecond(), "events/s");
        figures.add("engine.apply_day.repeated_in_memory.events_per_s", day.repeatedInMemoryPerSecond(), "events/s");
        figures.add("engine.apply_day.late.events_per_s", day.latePerSecond(), "events/s");
        figures.add("engine.id_bytes.day", day.idBytes(), "B");
    }

    private static void kernels(final BenchEnvironment environment, final Figures figures, final int passes) {
        for (final KernelRun.Work work : KernelRun.Work.values()) {
            final double open = KernelRun.rowsPerSecond(SEED, work, false, passes * WARM_UP_PASSES, passes);
            final double sealed = KernelRun.rowsPerSecond(SEED, work, true, passes * WARM_UP_PASSES, passes);
            environment.report("%-22s %,15.0f rows/s open  %,15.0f rows/s sealed", work, open, sealed);
            switch (work) {
                case FILTER_SUM -> add(figures, "engine.filter_sum.rows_per_s", open, sealed);
                case GROUP_50 -> add(figures, "engine.group50.rows_per_s", open, sealed);
                case GROUP_1000 -> add(figures, "engine.group1000.rows_per_s", open, sealed);
                default -> {
                }
            }
        }
    }

    private static void add(final Figures figures, final String name, final double open, final double sealed) {
        figures.add(name, open, "rows/s");
        figures.add(name.replace(".rows", "_sealed.rows"), sealed, "rows/s");
    }

    private static void restart(final BenchEnvironment environment, final Figures figures) {
        final int rows = environment.option("rows");
        final RestartRun.Result restart =
            inDirectory(Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : null, directory -> RestartRun.measure(directory, SEED, 1, rows));
        environment.report("restart with %,d open rows: %.0f ms until queries can be answered, %.0f ms more until every span takes rows, "
            + "%.1f ms at once at most", rows, restart.queryReadyMs(), restart.ingestReadyMs(), restart.longestStepMs());
        figures.add("engine.row_bytes.open", restart.bytes() / (double) rows, "B");
        figures.add("engine.restart_10m.ms", restart.queryReadyMs() + restart.ingestReadyMs(), "ms");
        figures.add("engine.restart_10m.query_ready.ms", restart.queryReadyMs(), "ms");
        figures.add("engine.restart_10m.longest_step.ms", restart.longestStepMs(), "ms");
    }

    private static void seal(final BenchEnvironment environment, final Figures figures) {
        final int rows = environment.option("sealed-rows");
        final double bytes = inDirectory(null, directory -> {
            try (SealRun run = new SealRun(SEED, rows, THIRD_DIMENSION_VALUES, directory)) {
                run.seal();
                final long startNs = System.nanoTime();
                run.seal();
                final double rate = rows * 1e9 / (System.nanoTime() - startNs);
                environment.report("seal: %,.0f rows/s to a durable file", rate);
                figures.add("engine.seal.rows_per_s", rate, "rows/s");
                return run.bytesPerRow().get("all");
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        figures.add("engine.row_bytes.sealed", bytes, "B");
    }

    private static <T> T inDirectory(final Path parent, final Function<Path, T> work) {
        try (ScratchDirectory directory = ScratchDirectory.in(parent)) {
            return work.apply(directory.path());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
