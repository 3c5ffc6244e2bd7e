package io.truenow.perf.engine;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.memory.MemorySettings;
import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.recovery.LaneStart;
import io.truenow.engine.store.recovery.SealedFiles;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import io.truenow.perf.load.Workload;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A lane is filled, ends, and starts again over its regions, on the calling thread: until its shards could answer, and until each of its
 * spans could take rows.
 */
public final class RestartRun {
    private static final int REGION_BYTES = 1 << 24;
    private static final int SPANS = 6;
    private static final int BATCH_ROWS = 1_000;
    private static final long FIRST_SPAN_US = Spans.floor(1_790_000_000_000_000L);

    private final Path directory;
    private final SplittableRandom random;
    private final Workload workload;
    private final byte[][][] values = Workload.values();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
    private final BatchView view = new BatchView();
    private long longestStepNs;

    /** What the lane's memory is, from a start to the end of the process or what stands for it. */
    private record Life(ServiceIdentity identity, NodeMemory nodeMemory, LaneMemory memory) implements AutoCloseable {
        static Life begin(final Path directory, final long budgetBytes) {
            final ServiceIdentity identity = ServiceIdentity.open(directory.resolve("node"));
            final NodeMemory nodeMemory = NodeMemory.open(
                new MemorySettings(budgetBytes, REGION_BYTES, 1, directory.resolve("regions"), MemoryPlacement.ANY), identity);
            final Path sealed = directory.resolve(SealedDirectory.NAME);
            final LaneMemory memory = LaneStart.open(nodeMemory, 0, identity,
                new SealedFiles(DiskFiles.INSTANCE, new SealedDirectory(DiskFiles.INSTANCE, sealed, nodeMemory.sealed()), sealed, 0));
            return new Life(identity, nodeMemory, memory);
        }

        @Override
        public void close() {
            memory.close();
            nodeMemory.close();
            identity.close();
        }
    }

    /**
     * What was measured.
     *
     * @param queryReadyMs  until all shards have their rows, mapping included.
     * @param ingestReadyMs after that, until every span has taken a batch.
     * @param longestStepMs of these, what a lane does at once at most.
     * @param queryCpuMs    the thread's time on a processor of the first, and so {@code ingestCpuMs}: what others do does not count.
     * @param bytes         of blocks before the end, with tables of ids and lookups.
     */
    public record Result(
        double queryReadyMs, double ingestReadyMs, double longestStepMs, double queryCpuMs, double ingestCpuMs, long bytes) {
    }

    private RestartRun(final Path directory, final long seed) {
        this.directory = directory;
        this.random = new SplittableRandom(seed);
        this.workload = new Workload(seed, 18);
    }

    /**
     * Fills shards of as many tables evenly, over some spans, and starts again.
     *
     * @param directory belongs to the run; what is in it is left behind.
     */
    public static Result measure(final Path directory, final long seed, final int shards, final long rows) {
        return new RestartRun(directory, seed).run(shards, rows);
    }

    private Result run(final int shards, final long rows) {
        final long budgetBytes = rows * 128 + shards * 32_768L + 16L * REGION_BYTES;
        final int spans = rows / shards < BATCH_ROWS ? 1 : SPANS;
        final long rowsPerSpan = Math.max(1, rows / shards / spans);
        final long bytes;
        final long[] sequences = new long[shards];
        try (Life life = Life.begin(directory, budgetBytes)) {
            final BatchApplier applier = new BatchApplier(life.memory);
            for (int i = 0; i < shards; i++) {
                final ShardStore shard = new ShardStore(life.memory, i, i);
                for (int span = 0; span < spans; span++) {
                    for (long done = 0; done < rowsPerSpan; done += BATCH_ROWS) {
                        apply(life, applier, shard, span, (int) Math.min(BATCH_ROWS, rowsPerSpan - done), ++sequences[i]);
                    }
                }
            }
            bytes = life.memory.pool().uses().stream().mapToLong(BlockUse::usedBytes).sum();
        }
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final long startNs = System.nanoTime();
        final long startCpuNs = threads.getCurrentThreadCpuTime();
        try (Life life = Life.begin(directory, budgetBytes)) {
            final long queryReadyNs = System.nanoTime();
            final long queryCpuNs = threads.getCurrentThreadCpuTime();
            final BatchApplier applier = new BatchApplier(life.memory);
            longestStepNs = 0;
            for (int i = 0; i < shards; i++) {
                for (int span = 0; span < spans; span++) {
                    apply(life, applier, life.memory.recovered().get(i), span, 1, ++sequences[i]);
                }
            }
            return new Result((queryReadyNs - startNs) / 1e6, (System.nanoTime() - queryReadyNs) / 1e6, longestStepNs / 1e6,
                (queryCpuNs - startCpuNs) / 1e6, (threads.getCurrentThreadCpuTime() - queryCpuNs) / 1e6, bytes);
        }
    }

    private void apply(
        final Life life, final BatchApplier applier, final ShardStore shard, final int span, final int rows, final long sequence) {
        final int length = encode(shard.tableId(), shard.shardId(), span, rows);
        BatchPosition.assign(buffer, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
        if (!view.wrap(buffer, 0, length).isValid()) {
            throw new IllegalStateException("a batch is not valid");
        }
        boolean isApplied = false;
        while (!isApplied) {
            final long startNs = System.nanoTime();
            isApplied = applier.apply(shard, view, 3, 2, Long.MIN_VALUE);
            longestStepNs = Math.max(longestStepNs, System.nanoTime() - startNs);
            if (!isApplied && !applier.isPreparing() && life.nodeMemory.maintain(System.nanoTime()) == 0) {
                throw new IllegalStateException("the budget is used up");
            }
        }
    }

    private int encode(final int tableId, final int shardId, final int span, final int rows) {
        final BatchBuilder builder = new BatchBuilder(new TableBinding(
            new TableBinding.Schema(tableId, 1, 2, 1, 1), Workload.DIMENSIONS, Workload.METRICS, List.of(shardId)), 0);
        for (int row = 0; row < rows; row++) {
            final int event = random.nextInt(1 << 18);
            final long timeUs = FIRST_SPAN_US + span * (long) Spans.SPAN_US + random.nextInt(Spans.SPAN_US);
            builder.startRow(timeUs, random.nextLong(), random.nextLong());
            dimension(builder, 0, values[0][workload.country(event)]);
            dimension(builder, 1, values[1][workload.device(event)]);
            dimension(builder, 2, values[2][workload.page(event)]);
            builder.metric(0, workload.metric(event, 0));
            builder.metric(1, workload.metric(event, 1));
            if (!builder.endRow()) {
                throw new IllegalStateException("a batch is too large");
            }
        }
        return builder.encode(buffer, 0, FIRST_SPAN_US);
    }

    private static void dimension(final BatchBuilder builder, final int ordinal, final byte[] value) {
        builder.dimension(ordinal, value, 0, value.length);
    }
}
