package io.truenow.perf.engine;

import com.sun.management.ThreadMXBean;
import io.truenow.client.batch.BatchBuilder;
import io.truenow.client.batch.BatchPosition;
import io.truenow.client.batch.BatchView;
import io.truenow.client.batch.TableBinding;
import io.truenow.codecs.ingest.IngestBatchEncoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.hottier.segment.BatchApplier;
import io.truenow.hottier.segment.LaneMemory;
import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.segment.ShardStore;
import io.truenow.hottier.shard.Spans;
import io.truenow.perf.load.Workload;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A lane's work on a batch, from the check of its checksums to its publication, over and over on the calling thread. A pass is a span of
 * its own: its dedup table grows from nothing to 2^20 ids; the span before last is dropped. Batches have 1 000 to 1 500 rows (less where
 * their size allows no more) in random order of values, ids are random, one of 1 024 events was sent before.
 */
public final class ApplyRun implements AutoCloseable {
    /** Events of a pass. */
    public static final int EVENTS = 1 << 20;

    private static final int REGION_BYTES = 1 << 24;
    private static final int MAX_REGIONS = 128;
    private static final int REPEATED_OF = 1_024;
    private static final long FIRST_SPAN_US = Spans.floor(1_790_000_000_000_000L);

    private final KeptRegions regions = new KeptRegions(new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE));
    private final LaneMemory memory;
    private final ShardStore shard;
    private final BatchApplier applier;
    private final BatchView view = new BatchView();
    private final List<UnsafeBuffer> batches = new ArrayList<>();
    private final IngestBatchEncoder encoder = new IngestBatchEncoder();
    private long spanStartUs = FIRST_SPAN_US;
    private long sequence;
    private long rowsRepeated;
    private double dedupBytesPerId;

    /** Events by a seed. */
    public ApplyRun(final long seed) {
        memory = new LaneMemory(new BlockPool(regions, REGION_BYTES, MAX_REGIONS), seed);
        shard = new ShardStore(memory, 1, 1);
        applier = new BatchApplier(memory);
        buildBatches(new SplittableRandom(seed), new Workload(seed, 18));
    }

    /**
     * What was measured.
     *
     * @param eventsPerSecond        by one core.
     * @param allocatedBytesPerEvent on the heap.
     * @param dedupBytesPerId       of the table when the span is complete.
     */
    public record Result(double eventsPerSecond, double allocatedBytesPerEvent, double dedupBytesPerId) {
    }

    /** Warms up and measures on the calling thread: the median of some passes. */
    public static Result measure(final long seed, final int warmUpPasses, final int passes) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (ApplyRun run = new ApplyRun(seed)) {
            for (int i = 0; i < warmUpPasses; i++) {
                run.pass();
            }
            final long[] nanos = new long[passes];
            final long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < passes; i++) {
                final long start = System.nanoTime();
                run.pass();
                nanos[i] = System.nanoTime() - start;
            }
            final double allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
            Arrays.sort(nanos);
            return new Result(EVENTS * 1e9 / nanos[passes / 2], allocated / ((double) EVENTS * passes), run.dedupBytesPerId);
        }
    }

    /** Applies all batches to the next span; answers the events that were new. */
    public long pass() {
        final long inserted = applyNext();
        for (final Segment segment : shard.takeOlderThan(spanStartUs - Spans.SPAN_US)) {
            segment.free();
        }
        return inserted;
    }

    /** The same without a span being dropped. */
    long applyNext() {
        final long dedupBefore = dedupBytes();
        long inserted = 0;
        rowsRepeated = 0;
        for (int i = 0, count = batches.size(); i < count; i++) {
            final UnsafeBuffer batch = batches.get(i);
            stamp(batch);
            if (!view.wrap(batch, 0, batch.capacity()).isValid() || !applier.apply(shard, view, 3, 2, Long.MIN_VALUE)) {
                throw new IllegalStateException("a batch was refused");
            }
            inserted += applier.rowsInserted();
            rowsRepeated += applier.rowsRepeated();
        }
        dedupBytesPerId = (dedupBytes() - dedupBefore) / (double) inserted;
        spanStartUs += Spans.SPAN_US;
        return inserted;
    }

    /** The shard that is written. */
    ShardStore shard() {
        return shard;
    }

    /** The lane's. */
    LaneMemory memory() {
        return memory;
    }

    /** Where the next pass begins. */
    long nextSpanStartUs() {
        return spanStartUs;
    }

    /** Events of the last pass that had been sent before. */
    public long rowsRepeated() {
        return rowsRepeated;
    }

    @Override
    public void close() {
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
        }
        memory.close();
        regions.close();
    }

    /** Makes regions when there are none, and keeps those given back, since a lane is given regions that another thread has made. */
    private static final class KeptRegions implements RegionSource {
        private final MemoryTag tag;
        private final ArrayDeque<Region> kept = new ArrayDeque<>();

        KeptRegions(final MemoryTag tag) {
            this.tag = tag;
        }

        @Override
        public Region poll() {
            return kept.isEmpty() ? Region.allocate(tag, REGION_BYTES) : kept.pop();
        }

        @Override
        public void giveBack(final Region region) {
            kept.push(region);
        }

        void close() {
            kept.forEach(Region::close);
        }
    }

    /** Moves a batch to the span of the pass and gives it the next position. */
    private void stamp(final UnsafeBuffer batch) {
        encoder.wrap(batch, MessageHeaderEncoder.ENCODED_LENGTH);
        final long shiftUs = spanStartUs - Spans.floor(view.wrap(batch, 0, batch.capacity()).minEventTimeUs());
        encoder.minEventTimeUs(view.minEventTimeUs() + shiftUs);
        encoder.maxEventTimeUs(view.maxEventTimeUs() + shiftUs);
        sequence++;
        BatchPosition.assign(batch, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
    }

    private long dedupBytes() {
        long bytes = 0;
        for (final BlockUse use : memory.pool().uses()) {
            bytes += use.name().equals("dedup") ? use.usedBytes() : 0;
        }
        return bytes;
    }

    private void buildBatches(final SplittableRandom random, final Workload workload) {
        final TableBinding binding =
            new TableBinding(new TableBinding.Schema(1, 1, 2, 1, 1), Workload.DIMENSIONS, Workload.METRICS, List.of(1));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        final byte[][][] values = Workload.values();
        final long[] ids = new long[2 * EVENTS];
        final UnsafeBuffer target = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        int wanted = 1_000 + random.nextInt(500);
        for (int event = 0; event < EVENTS; event++) {
            final int source = event > 0 && random.nextInt(REPEATED_OF) == 0 ? random.nextInt(event) : event;
            ids[2 * event] = source == event ? random.nextLong() : ids[2 * source];
            ids[2 * event + 1] = source == event ? random.nextLong() : ids[2 * source + 1];
            final long jitterUs = random.nextInt(1_000);
            boolean ended = false;
            while (!ended) {
                if (builder.rowCount() == wanted) {
                    encode(builder, target);
                    wanted = 1_000 + random.nextInt(500);
                }
                final long offsetUs = (long) event * (Spans.SPAN_US - 1_000) / EVENTS + jitterUs;
                builder.startRow(FIRST_SPAN_US + offsetUs, ids[2 * event], ids[2 * event + 1]);
                dimension(builder, 0, values[0][workload.country(event)]);
                dimension(builder, 1, values[1][workload.device(event)]);
                dimension(builder, 2, values[2][workload.page(event)]);
                builder.metric(0, workload.metric(event, 0));
                builder.metric(1, workload.metric(event, 1));
                ended = builder.endRow();
                if (!ended) {
                    encode(builder, target);
                    wanted = 1_000 + random.nextInt(500);
                }
            }
        }
        encode(builder, target);
    }

    private void encode(final BatchBuilder builder, final UnsafeBuffer target) {
        final int length = builder.encode(target, 0, FIRST_SPAN_US);
        batches.add(new UnsafeBuffer(Arrays.copyOf(target.byteArray(), length)));
    }

    private static void dimension(final BatchBuilder builder, final int ordinal, final byte[] value) {
        builder.dimension(ordinal, value, 0, value.length);
    }
}
