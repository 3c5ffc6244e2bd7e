package io.truenow.perf.engine;

import io.truenow.client.batch.BatchView;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.hottier.file.DiskFiles;
import io.truenow.hottier.sealed.SealedDirectory;
import io.truenow.hottier.sealed.SealedSegment;
import io.truenow.hottier.sealed.SegmentIdentity;
import io.truenow.hottier.sealed.SegmentOwner;
import io.truenow.hottier.sealed.write.SegmentWriter;
import io.truenow.hottier.segment.BatchApplier;
import io.truenow.hottier.segment.FileSegment;
import io.truenow.hottier.segment.LaneMemory;
import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.segment.ShardStore;
import io.truenow.hottier.shard.Spans;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A lane's work on batches where a shard holds a day of events: 144 spans with as many each, in files. On the calling thread: new events of
 * the next span, events that are there, and new events of spans that are in files. See {@link ApplyBatches}.
 */
public final class DayRun implements AutoCloseable {
    private static final int SPANS = 144;
    /** Of all batches so many parts are a span. */
    private static final int PARTS = 3;
    private static final int LATE_SPANS = 60;
    private static final int REGION_BYTES = 1 << 24;
    private static final int MAX_REGIONS = 1_024;

    private final MemoryTag sealed = new MemoryAccountant(Long.MAX_VALUE).tag("sealed", Long.MAX_VALUE);
    private final LaneMemory memory;
    private final ShardStore shard;
    private final BatchApplier applier;
    private final SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, sealed);
    private final BatchView view = new BatchView();
    private final ApplyBatches batches;
    private final Path directory;
    private long spanStartUs = ApplyBatches.FIRST_SPAN_US;

    private DayRun(final long seed, final Path directory) throws IOException {
        this.directory = directory;
        final MemoryTag regions = new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE);
        memory = new LaneMemory(new BlockPool(RegionSource.inline(regions, REGION_BYTES), REGION_BYTES, MAX_REGIONS), seed);
        shard = new ShardStore(memory, 1, 1);
        applier = new BatchApplier(memory);
        batches = new ApplyBatches(seed);
        for (int span = 0; span < SPANS; span++) {
            if (span % PARTS == 0) {
                batches.renew();
            }
            apply(span % PARTS, PARTS, 1);
            seal();
            spanStartUs += Spans.SPAN_US;
        }
    }

    /**
     * What was measured, by one core.
     *
     * @param ids                       held before.
     * @param idBytes                   of the filter, an id.
     * @param newPerSecond              new events of the latest span.
     * @param repeatedPerSecond         events that lie in files.
     * @param repeatedInMemoryPerSecond events of the latest span.
     * @param latePerSecond             new events of {@value #LATE_SPANS} spans that lie in files.
     */
    public record Result(
        long ids, double idBytes, double newPerSecond, double repeatedPerSecond, double repeatedInMemoryPerSecond, double latePerSecond) {
    }

    /** Fills a shard and measures; the directory belongs to the run. */
    public static Result measure(final long seed, final int passes, final Path directory) throws IOException {
        try (DayRun run = new DayRun(seed, directory)) {
            final long ids = run.shard.rowsHeld();
            final double idBytes = run.bytes() / (double) ids;
            // the events of the last span
            run.spanStartUs -= Spans.SPAN_US;
            final double repeated = run.rate(passes, () -> run.apply(PARTS - 1, PARTS, 1), false);
            run.spanStartUs += Spans.SPAN_US;
            final double fresh = run.rate(passes, () -> run.apply(0, 1, 1), true);
            final double again = run.rate(passes, () -> run.apply(0, 1, 1), false);
            run.spanStartUs = ApplyBatches.FIRST_SPAN_US + (SPANS - LATE_SPANS) * (long) Spans.SPAN_US;
            return new Result(ids, idBytes, fresh, repeated, again, run.rate(passes, () -> run.apply(0, 1, LATE_SPANS), true));
        }
    }

    @Override
    public void close() {
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
            if (segment instanceof FileSegment file) {
                file.close();
            }
        }
        writer.close();
        memory.close();
    }

    /** What is done over and over; returns events. */
    @FunctionalInterface
    private interface Pass {
        long run();
    }

    /** Median of some passes. */
    private double rate(final int passes, final Pass pass, final boolean renews) {
        final double[] rates = new double[passes];
        for (int i = 0; i < passes; i++) {
            if (renews) {
                batches.renew();
            }
            final long startNs = System.nanoTime();
            final long events = pass.run();
            rates[i] = events * 1e9 / (System.nanoTime() - startNs);
        }
        Arrays.sort(rates);
        return rates[passes / 2];
    }

    /** Applies a part of the batches, in turn to so many spans; returns events. */
    private long apply(final int part, final int parts, final int spans) {
        final int from = batches.count() * part / parts;
        final int to = batches.count() * (part + 1) / parts;
        long events = 0;
        for (int i = from; i < to; i++) {
            final UnsafeBuffer batch = batches.next(i, spanStartUs + i % spans * (long) Spans.SPAN_US);
            ApplyBatches.apply(applier, shard, view.wrap(batch, 0, batch.capacity()));
            events += view.rowCount();
        }
        return events;
    }

    private void seal() throws IOException {
        final Segment open = shard.freeze(shard.span(spanStartUs));
        final List<Segment> sources = List.of(open);
        final SegmentIdentity identity = new SegmentIdentity(
            new SegmentOwner(0, 0, 0, 1, 1), spanStartUs, shard.newUid(), List.of(open.uid()), shard.durable(sources));
        final SealedSegment made = writer.write(identity, sources, memory, SealedDirectory.shardDirectory(directory, 0, 1));
        while (!made.retainValues(Integer.MAX_VALUE)) {
            Thread.onSpinWait();
        }
        if (!shard.replace(sources, made)) {
            throw new IllegalStateException("the shard has not what was sealed");
        }
        open.free();
    }

    private long bytes() {
        long bytes = 0;
        for (final BlockUse use : memory.pool().uses()) {
            bytes += use.name().equals("id-filters") ? use.usedBytes() : 0;
        }
        return bytes;
    }
}
