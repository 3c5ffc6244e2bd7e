package io.truenow.perf.engine;

import com.sun.management.ThreadMXBean;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchView;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * A lane's work on a batch, from the check of its checksums to its publication, over and over on the calling thread. A pass is a span of
 * its own, of 2^20 ids; the span before last is dropped.
 */
public final class ApplyRun implements AutoCloseable {
    /** Events of a pass. */
    public static final int EVENTS = ApplyBatches.EVENTS;

    private static final int REGION_BYTES = 1 << 24;
    private static final int MAX_REGIONS = 128;
    private static final long FIRST_SPAN_US = ApplyBatches.FIRST_SPAN_US;

    private final KeptRegions regions =
        new KeptRegions(new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE), REGION_BYTES);
    private final LaneMemory memory;
    private final ShardStore shard;
    private final BatchApplier applier;
    private final BatchView view = new BatchView();
    private final ApplyBatches batches;
    private long spanStartUs = FIRST_SPAN_US;
    private long rowsRepeated;
    private long renewingNs;
    private double dedupBytesPerId;

    /** Events by a seed. */
    public ApplyRun(final long seed) {
        memory = new LaneMemory(new BlockPool(regions, REGION_BYTES, MAX_REGIONS), seed);
        shard = new ShardStore(memory, 1, 1);
        applier = new BatchApplier(memory);
        batches = new ApplyBatches(seed);
    }

    /**
     * What was measured.
     *
     * @param eventsPerSecond        by one core.
     * @param allocatedBytesPerEvent on the heap.
     * @param dedupBytesPerId       of the filter and of tables, an id that is held when a span is complete.
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
                final long start = System.nanoTime() - run.renewingNs;
                run.pass();
                nanos[i] = System.nanoTime() - run.renewingNs - start;
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
        final long startNs = System.nanoTime();
        batches.renew();
        renewingNs += System.nanoTime() - startNs;
        long inserted = 0;
        rowsRepeated = 0;
        for (int i = 0, count = batches.count(); i < count; i++) {
            final UnsafeBuffer batch = batches.next(i, spanStartUs);
            ApplyBatches.apply(applier, shard, view.wrap(batch, 0, batch.capacity()));
            inserted += applier.rowsInserted();
            rowsRepeated += applier.rowsRepeated();
            // as in each duty cycle: ids of spans that left are swept
            memory.prepareSome();
        }
        dedupBytesPerId = dedupBytes() / (double) shard.rowsHeld();
        spanStartUs += Spans.SPAN_US;
        return inserted;
    }

    /** Nanoseconds that were spent on new ids for the events of passes, which is no work of a lane. */
    long renewingNs() {
        return renewingNs;
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

    private long dedupBytes() {
        long bytes = 0;
        for (final BlockUse use : memory.pool().uses()) {
            bytes += use.name().equals("dedup") || use.name().equals("id-filters") ? use.usedBytes() : 0;
        }
        return bytes;
    }
}
