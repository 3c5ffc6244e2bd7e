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
import io.truenow.engine.scan.sketch.SketchWish;
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
import io.truenow.format.sketch.SketchKind;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Queries for sketches on one lane, from the cut to serialized sketches, on the calling thread: seven segments, all but the last
 * closed, of events by 50 countries, 5 devices and 100 000 customers, with a duration in whole milliseconds and an amount with cents.
 */
public final class SketchRun implements AutoCloseable {
    private static final long SPANS = 7;
    private static final int COUNTRIES = 50;
    private static final int DEVICES = 5;
    private static final int CUSTOMERS = 100_000;
    private static final int COUNTRY = 0;
    private static final int DEVICE = 1;
    private static final int CUSTOMER = 2;
    private static final int DURATION = 0;
    private static final int AMOUNT = 1;
    private static final int REGION_BYTES = 1 << 24;
    private static final int CUBE_CELLS = 1 << 16;
    private static final long CUBE_BYTES = 256L << 20;
    private static final long START_US = Spans.floor(1_790_000_000_000_000L);

    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final LaneMemory memory = new LaneMemory(
        new BlockPool(RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES), REGION_BYTES, 1_024), 1);
    private final GroupMemory groups = new GroupMemory(accountant.tag("query", Long.MAX_VALUE));
    private final ShardStore shard = new ShardStore(memory, 1, 1);
    private final ShardCut cut = new ShardCut();
    private final ExpandableArrayBuffer message = new ExpandableArrayBuffer(1 << 16);
    private final BatchApplier applier = new BatchApplier(memory);
    private final UnsafeBuffer batch = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
    private long sequence;
    private int cubesMade;

    /** So many events. */
    public SketchRun(final int rows) {
        fill(rows);
        for (int i = 0; i < shard.spanCount() - 1; i++) {
            shard.freeze(shard.spanAt(i));
        }
        if (!cut.take(shard)) {
            throw new IllegalStateException("a shard that nobody writes must give a cut");
        }
        for (int i = 0; i < cut.segmentCount(); i++) {
            cut.segment(i).acquire();
        }
    }

    /** A query by what it asks. */
    public enum Query {
        /** Distinct customers by country, of one lane. */
        DISTINCT_SOLE(COUNTRY, new SketchWish(SketchKind.DISTINCT, CUSTOMER, 0, true)),
        /** The same, to be merged with another lane's. */
        DISTINCT(COUNTRY, new SketchWish(SketchKind.DISTINCT, CUSTOMER, 0, false)),
        /** Quantiles of the duration by device: whole numbers. */
        QUANTILES_WHOLE(DEVICE, new SketchWish(SketchKind.QUANTILES, DURATION, 0, false)),
        /** Quantiles of the amount by device. */
        QUANTILES_CENTS(DEVICE, new SketchWish(SketchKind.QUANTILES, AMOUNT, 0, false)),
        /** Ten customers with most events. */
        TOP_CUSTOMERS(-1, new SketchWish(SketchKind.TOP, CUSTOMER, 10, false));

        private final int groupBy;
        private final SketchWish wish;

        Query(final int groupBy, final SketchWish wish) {
            this.groupBy = groupBy;
            this.wish = wish;
        }
    }

    /**
     * Milliseconds of processor time.
     *
     * @param first without cubes, as the first time; the median of some.
     * @param warm  with cubes; the median of some.
     * @param lengthBytes of all groups' sketches.
     */
    public record Result(double first, double warm, int lengthBytes) {
    }

    /** Asks it over and over. */
    public Result measure(final Query query, final int repeats) {
        final double[] first = new double[repeats];
        final double[] warm = new double[repeats];
        try (GroupMemory none = new GroupMemory(accountant.tag("cubes-" + cubesMade++, Long.MAX_VALUE));
            GroupMemory cubes = new GroupMemory(accountant.tag("cubes-" + cubesMade++, Long.MAX_VALUE))) {
            final ScanTools cold = tools(none, CubeLimits.none());
            final ScanTools kept = tools(cubes, CubeLimits.of(CUBE_CELLS, CUBE_BYTES));
            final Scan coldScan = new Scan(cold);
            final Scan warmScan = new Scan(kept);
            for (int i = 0; i < repeats; i++) {
                first[i] = ask(coldScan, query);
            }
            ask(warmScan, query);
            for (int i = 0; i < repeats; i++) {
                warm[i] = ask(warmScan, query);
            }
            final int lengthBytes = lengthBytes(warmScan, query);
            coldScan.close();
            warmScan.close();
            kept.cubes().clear();
            Arrays.sort(first);
            Arrays.sort(warm);
            return new Result(first[repeats / 2], warm[repeats / 2], lengthBytes);
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < cut.segmentCount(); i++) {
            cut.segment(i).release();
        }
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
        }
        memory.close();
        groups.close();
    }

    private ScanTools tools(final GroupMemory cubes, final CubeLimits limits) {
        final CubeStore store = new CubeStore(cubes, limits, CubeCounters.register(ProcessMetrics.local(), 0));
        return new ScanTools(memory.values(), new BlockKernel(), groups, store, new ResolvedLeaves(memory.values(), 1 << 20),
            () -> false);
    }

    private double ask(final Scan scan, final Query query) {
        final long start = nowNs();
        lengthBytes(scan, query);
        return (nowNs() - start) / 1e6;
    }

    private int lengthBytes(final Scan scan, final Query query) {
        final ScanPlan plan = new ScanPlan();
        plan.begin(1, START_US, START_US + SPANS * Spans.SPAN_US, 0, 50_000);
        if (query.groupBy >= 0) {
            plan.groupBy(query.groupBy);
        }
        plan.sketch(query.wish);
        scan.begin(plan, new ShardCut[]{cut}, 1, System.nanoTime());
        boolean isOver = false;
        while (!isOver) {
            isOver = scan.run(1 << 16);
        }
        int lengthBytes = 0;
        for (int group = 0; group < scan.result().size(); group++) {
            lengthBytes += scan.sketch(0, group).serialize(message, 0);
        }
        scan.end();
        return lengthBytes;
    }

    private void fill(final int rows) {
        final SplittableRandom random = new SplittableRandom(20_261_123L);
        final Random normal = new Random(20_261_123L);
        final TableBinding binding = new TableBinding(
            new TableBinding.Schema(1, 1, 2, 1, 1), List.of("country", "device", "customer"), List.of("duration", "amount"), List.of(1));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        for (int row = 0; row < rows; row++) {
            final long offsetUs = row * (SPANS * Spans.SPAN_US - 1_000) / rows;
            boolean isEnded = false;
            while (!isEnded) {
                if (builder.rowCount() == 1_000) {
                    apply(builder);
                }
                builder.startRow(START_US + offsetUs, random.nextLong(), random.nextLong());
                dimension(builder, COUNTRY, "country-" + random.nextInt(COUNTRIES));
                dimension(builder, DEVICE, "device-" + random.nextInt(DEVICES));
                dimension(builder, CUSTOMER, "customer-" + random.nextInt(CUSTOMERS));
                builder.metric(DURATION, 10 + random.nextInt(4_001));
                builder.metric(AMOUNT, Math.rint(100 * Math.exp(3 + normal.nextGaussian())) / 100);
                isEnded = builder.endRow();
                if (!isEnded) {
                    apply(builder);
                }
            }
        }
        apply(builder);
    }

    private void apply(final BatchBuilder builder) {
        final int length = builder.encode(batch, 0, START_US);
        sequence++;
        BatchPosition.assign(batch, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
        final BatchView view = new BatchView().wrap(batch, 0, length);
        ApplyBatches.apply(applier, shard, view);
    }

    private static void dimension(final BatchBuilder builder, final int ordinal, final String text) {
        final byte[] value = text.getBytes(StandardCharsets.US_ASCII);
        builder.dimension(ordinal, value, 0, value.length);
    }

    private static long nowNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
