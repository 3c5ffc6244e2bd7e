package io.truenow.perf.engine;

import io.truenow.engine.scan.Scan;
import io.truenow.engine.scan.ScanPlan;
import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.cube.CubeCounters;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

import java.util.Arrays;

/**
 * A lane that applies batches as fast as it can, and a reader that scans the same shard as fast as it can: each alone, then both at once
 * on two threads. The reader takes a cut, groups all rows by a dimension of 50 values with count and sum, from rows, and begins anew. The
 * shard holds its last four spans of 2^20 rows; what leaves it goes by the reader before the lane frees it.
 */
public final class TogetherRun implements AutoCloseable {
    private static final int SPANS_HELD = 4;
    private static final int MORSEL_ROWS = 1 << 16;
    private static final int QUEUED = 1_024;
    private static final int COUNTRIES = 50;

    private final ApplyRun lane;
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final GroupMemory groups = new GroupMemory(accountant.tag("query", Long.MAX_VALUE));
    private final GroupMemory cubes = new GroupMemory(accountant.tag("cubes", Long.MAX_VALUE));
    private final Scan scan;
    private final ScanPlan plan = new ScanPlan();
    private final ShardCut[] cuts = {new ShardCut()};
    private final OneToOneConcurrentArrayQueue<Segment> retired = new OneToOneConcurrentArrayQueue<>(QUEUED);
    private final OneToOneConcurrentArrayQueue<Segment> released = new OneToOneConcurrentArrayQueue<>(QUEUED);

    private TogetherRun(final long seed) {
        lane = new ApplyRun(seed);
        final CubeStore store = new CubeStore(cubes, CubeLimits.none(), CubeCounters.register(ProcessMetrics.local(), 0));
        scan = new Scan(new ScanTools(lane.memory().values(), new BlockKernel(), groups, store,
            new ResolvedLeaves(lane.memory().values(), 1 << 20), () -> false));
    }

    /**
     * Events and rows a second: medians of the rounds.
     *
     * @param applyAlone    events that the lane applies while nobody reads.
     * @param applyTogether while the reader scans.
     * @param scanAlone     rows that the reader scans while nothing is applied.
     * @param scanTogether  while the lane applies.
     */
    public record Result(double applyAlone, double applyTogether, double scanAlone, double scanTogether) {
    }

    /** Warms up and measures: in each round so many milliseconds of each. */
    public static Result measure(final long seed, final int rounds, final int milliseconds) {
        final long durationNs = milliseconds * 1_000_000L;
        final double[][] rates = new double[4][rounds];
        try (TogetherRun run = new TogetherRun(seed)) {
            for (int i = 0; i < SPANS_HELD; i++) {
                run.apply(0);
            }
            run.apply(durationNs);
            run.scan(durationNs);
            for (int round = 0; round < rounds; round++) {
                rates[0][round] = run.apply(durationNs);
                run.letGo();
                rates[2][round] = run.scan(durationNs);
                final double[] scanned = {0};
                final int at = round;
                final Thread reader = new Thread(() -> scanned[0] = run.scan(durationNs), "reader-" + at);
                reader.start();
                rates[1][round] = run.apply(durationNs);
                try {
                    reader.join();
                } catch (final InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
                rates[3][round] = scanned[0];
                run.letGo();
            }
        }
        for (final double[] rate : rates) {
            Arrays.sort(rate);
        }
        return new Result(rates[0][rounds / 2], rates[1][rounds / 2], rates[2][rounds / 2], rates[3][rounds / 2]);
    }

    @Override
    public void close() {
        letGo();
        scan.close();
        groups.close();
        cubes.close();
        lane.close();
    }

    /** The lane's thread: applies for so long, one pass at least; returns events a second. */
    private double apply(final long durationNs) {
        final long startNs = System.nanoTime();
        final long renewingBeforeNs = lane.renewingNs();
        long events = 0;
        do {
            events += lane.applyNext();
            for (final Segment segment : lane.shard().takeOlderThan(lane.nextSpanStartUs() - SPANS_HELD * (long) Spans.SPAN_US)) {
                if (!retired.offer(segment)) {
                    throw new IllegalStateException("the reader does not read");
                }
            }
            free();
        } while (System.nanoTime() - startNs < durationNs);
        return events * 1e9 / (System.nanoTime() - startNs - (lane.renewingNs() - renewingBeforeNs));
    }

    /** The reader's thread: scans for so long, once at least; returns rows a second. */
    private double scan(final long durationNs) {
        final long startNs = System.nanoTime();
        long rows = 0;
        do {
            retire();
            rows += scanOnce();
        } while (System.nanoTime() - startNs < durationNs);
        return rows * 1e9 / (System.nanoTime() - startNs);
    }

    private long scanOnce() {
        final ShardCut cut = cuts[0];
        while (!cut.take(lane.shard())) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < cut.segmentCount(); i++) {
            cut.segment(i).acquire();
        }
        plan.begin(1, 0, Long.MAX_VALUE, 0, COUNTRIES + 1);
        plan.groupBy(0);
        plan.metric(0, BlockKernel.SUMS);
        scan.begin(plan, cuts, 1, 0);
        boolean isOver = false;
        while (!isOver) {
            isOver = scan.run(MORSEL_ROWS);
        }
        final long rows = scan.rowsScanned();
        scan.end();
        for (int i = 0; i < cut.segmentCount(); i++) {
            if (cut.segment(i).release()) {
                giveBack(cut.segment(i));
            }
        }
        cut.clear();
        return rows;
    }

    private void retire() {
        for (Segment segment = retired.poll(); segment != null; segment = retired.poll()) {
            if (segment.retire()) {
                giveBack(segment);
            }
        }
    }

    private void giveBack(final Segment segment) {
        if (!released.offer(segment)) {
            throw new IllegalStateException("the lane does not free");
        }
    }

    private void free() {
        for (Segment segment = released.poll(); segment != null; segment = released.poll()) {
            segment.free();
        }
    }

    /** Between measurements, on one thread. */
    private void letGo() {
        retire();
        free();
    }
}
