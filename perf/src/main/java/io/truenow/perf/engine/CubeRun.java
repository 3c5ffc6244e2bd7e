package io.truenow.perf.engine;

import com.sun.management.ThreadMXBean;
import io.truenow.engine.scan.Scan;
import io.truenow.engine.scan.ScanPlan;
import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.cube.CubeCounters;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A query agent's work on "count and sum by a dimension of 50 values over the last 24 hours", without the wire: 145 segments, all but the
 * last closed, the range's edges at microseconds, the whole of it on the calling thread.
 */
public final class CubeRun implements AutoCloseable {
    /** Rows held. */
    public static final int ROWS = 1 << 20;
    /** Values of the dimension. */
    public static final int VALUES = 50;

    private static final int REGION_BYTES = 1 << 24;
    private static final int MAX_REGIONS = 64;
    private static final long DAY_US = 86_400_000_000L;
    private static final long START_US = Spans.floor(1_790_000_000_000_000L) + Spans.SPAN_US / 2;
    private static final long EDGE_US = 12_345_678;
    private static final int MAX_CELLS = 1 << 16;
    private static final long CUBE_BYTES = 64L << 20;
    private static final int MORSEL_ROWS = 1 << 16;

    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final GroupMemory groups = new GroupMemory(accountant.tag("query", Long.MAX_VALUE));
    private final GroupMemory cubes = new GroupMemory(accountant.tag("cubes", Long.MAX_VALUE));
    private final LaneMemory memory;
    private final ShardStore shard;
    private final CubeStore store;
    private final Scan scan;
    private final Scan rowScan;
    private final ScanPlan plan = new ScanPlan();
    private final ShardCut[] cuts = {new ShardCut()};

    /** Rows by a seed. */
    public CubeRun(final long seed) {
        memory = new LaneMemory(new BlockPool(RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES), REGION_BYTES,
            MAX_REGIONS), seed);
        shard = new ShardStore(memory, 1, 1);
        final CubeCounters counters = CubeCounters.register(ProcessMetrics.local(), 0);
        store = new CubeStore(cubes, CubeLimits.of(MAX_CELLS, CUBE_BYTES), counters);
        final ResolvedLeaves leaves = new ResolvedLeaves(memory.values(), 1 << 20);
        final BlockKernel kernel = new BlockKernel();
        scan = new Scan(new ScanTools(memory.values(), kernel, groups, store, leaves, () -> false));
        rowScan = new Scan(new ScanTools(memory.values(), kernel, groups, new CubeStore(cubes, CubeLimits.none(), counters), leaves,
            () -> false));
        fill(new SplittableRandom(seed));
        // as a day is: rows come to the last span only
        for (int i = 0; i < shard.spanCount() - 1; i++) {
            shard.freeze(shard.spanAt(i));
        }
    }

    /**
     * What was measured.
     *
     * @param warmUs                 a query that is answered from cubes, but for the edges; median.
     * @param firstUs                a query that makes the cubes; median.
     * @param rowsUs                 the same from rows alone; median.
     * @param allocatedBytesPerQuery on the heap, warm.
     * @param segments               in the range.
     */
    public record Result(double warmUs, double firstUs, double rowsUs, double allocatedBytesPerQuery, int segments) {
    }

    /** Warms up and measures on the calling thread. */
    public static Result measure(final long seed, final int warmUps, final int queries) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (CubeRun run = new CubeRun(seed)) {
            final int some = Math.max(5, queries / 100);
            final double[] first = new double[some];
            final double[] rows = new double[some];
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < some; i++) {
                    run.store.clear();
                    first[i] = run.timed(run.scan);
                    rows[i] = run.timed(run.rowScan);
                }
            }
            for (int i = 0; i < warmUps; i++) {
                run.timed(run.scan);
            }
            final double[] warm = new double[queries];
            final long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < queries; i++) {
                warm[i] = run.timed(run.scan);
            }
            final double allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
            return new Result(median(warm), median(first), median(rows), allocated / queries, run.cuts[0].segmentCount());
        }
    }

    /** Answers the query; tells its rows. */
    public long query() {
        return query(scan);
    }

    @Override
    public void close() {
        scan.close();
        rowScan.close();
        store.clear();
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
        }
        groups.close();
        cubes.close();
        memory.close();
    }

    private double timed(final Scan scanned) {
        final long start = System.nanoTime();
        if (query(scanned) == 0) {
            throw new IllegalStateException("no rows were found");
        }
        return (System.nanoTime() - start) / 1e3;
    }

    private long query(final Scan scanned) {
        plan.begin(1, START_US + EDGE_US, START_US + DAY_US - EDGE_US, 0, VALUES + 1);
        plan.groupBy(0);
        plan.metric(0, BlockKernel.SUMS);
        if (!cuts[0].take(shard)) {
            throw new IllegalStateException("the shard is being written");
        }
        scanned.begin(plan, cuts, 1, 0);
        boolean isOver = false;
        while (!isOver) {
            isOver = scanned.run(MORSEL_ROWS);
        }
        long rows = 0;
        for (int group = 0; group < scanned.result().size(); group++) {
            rows += scanned.result().rows(group);
        }
        scanned.end();
        return rows;
    }

    private void fill(final SplittableRandom random) {
        final TableBinding binding = new TableBinding(new TableBinding.Schema(1, 1, 2, 1, 1), List.of("country"), List.of("amount"),
            List.of(1));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        final byte[][] values = new byte[VALUES][];
        for (int i = 0; i < VALUES; i++) {
            values[i] = ("country-" + i).getBytes(StandardCharsets.US_ASCII);
        }
        final BatchApplier applier = new BatchApplier(memory);
        final UnsafeBuffer target = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        long sequence = 0;
        for (int row = 0; row < ROWS; row++) {
            builder.startRow(START_US + (long) ((double) row / ROWS * DAY_US), random.nextLong(), random.nextLong());
            final byte[] value = values[random.nextInt(VALUES)];
            builder.dimension(0, value, 0, value.length);
            builder.metric(0, random.nextInt(1_000));
            if (!builder.endRow()) {
                throw new IllegalStateException("a row does not fit");
            }
            if (builder.rowCount() == 1_000 || row == ROWS - 1) {
                final int length = builder.encode(target, 0, START_US);
                sequence++;
                BatchPosition.assign(target, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
                final BatchView view = new BatchView().wrap(target, 0, length);
                ApplyBatches.apply(applier, shard, view, 1, 1);
            }
        }
    }

    private static double median(final double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
