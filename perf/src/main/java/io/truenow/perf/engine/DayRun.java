package io.truenow.perf.engine;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.format.batch.BatchView;
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
    /** More than the events of a pass take. */
    private static final long PASS_BYTES = 1L << 27;

    private final KeptRegions regions =
        new KeptRegions(new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE), REGION_BYTES);
    private final MemoryTag sealed = new MemoryAccountant(Long.MAX_VALUE).tag("sealed", Long.MAX_VALUE);
    private final LaneMemory memory;
    private final ShardStore shard;
    private final BatchApplier applier;
    private final SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, sealed);
    private final BatchView view = new BatchView();
    private final ApplyBatches batches;
    private final Path directory;
    /** Number of the part of all batches that the latest span has. */
    private int part = PARTS - 1;
    private long spanStartUs = ApplyBatches.FIRST_SPAN_US;

    private DayRun(final long seed, final Path directory) throws IOException {
        this.directory = directory;
        memory = new LaneMemory(new BlockPool(regions, REGION_BYTES, MAX_REGIONS), seed);
        shard = new ShardStore(memory, 1, 1);
        applier = new BatchApplier(memory);
        batches = new ApplyBatches(seed);
        for (int span = 0; span < SPANS; span++) {
            spanStartUs += Spans.SPAN_US;
            nextPart();
            apply(part, PARTS, 1);
            seal();
        }
    }

    /**
     * What was measured, by one core.
     *
     * @param ids                       held before.
     * @param idBytes                   of the filter, an id.
     * @param newPerSecond              new events of the next span, while one of as many leaves.
     * @param repeatedPerSecond         events that lie in files.
     * @param repeatedInMemoryPerSecond events of the latest span.
     * @param latePerSecond             new events of the latest {@value #LATE_SPANS} spans: the shard grows.
     */
    public record Result(
        long ids, double idBytes, double newPerSecond, double repeatedPerSecond, double repeatedInMemoryPerSecond, double latePerSecond) {
    }

    /** Fills a shard and measures; the directory belongs to the run. */
    public static Result measure(final long seed, final int passes, final Path directory) throws IOException {
        try (DayRun run = new DayRun(seed, directory)) {
            final long ids = run.shard.rowsHeld();
            final double idBytes = run.bytes() / (double) ids;
            final double repeated = run.rate(passes, () -> run.apply(run.part, PARTS, 1), () -> { });
            final double fresh = run.rate(passes * PARTS, run::applyNext, run::nextPart);
            final double again = run.rate(passes, () -> run.apply(run.part, PARTS, 1), () -> { });
            run.spanStartUs -= (LATE_SPANS - 1) * (long) Spans.SPAN_US;
            final double late = run.rate(passes, () -> run.apply(0, 1, LATE_SPANS), run.batches::renew);
            return new Result(ids, idBytes, fresh, repeated, again, late);
        }
    }

    @Override
    public void close() {
        dropOlderThan(Long.MAX_VALUE);
        writer.close();
        memory.close();
        regions.close();
    }

    /** What is done over and over; returns events. */
    @FunctionalInterface
    private interface Pass {
        long run();
    }

    /** Median of some passes, each after what is off the clock. */
    private double rate(final int passes, final Pass pass, final Runnable before) {
        final double[] rates = new double[passes];
        for (int i = 0; i < passes; i++) {
            before.run();
            regions.keepReady(PASS_BYTES);
            final long startNs = System.nanoTime();
            final long events = pass.run();
            rates[i] = events * 1e9 / (System.nanoTime() - startNs);
        }
        Arrays.sort(rates);
        return rates[passes / 2];
    }

    /** Applies as many events to the next span as the others have; the one that is a day old leaves. Returns events. */
    private long applyNext() {
        spanStartUs += Spans.SPAN_US;
        dropOlderThan(spanStartUs - (SPANS - 1) * (long) Spans.SPAN_US);
        return apply(part, PARTS, 1);
    }

    private void nextPart() {
        part = (part + 1) % PARTS;
        if (part == 0) {
            batches.renew();
        }
    }

    /** Applies a part of the batches, in turn to so many spans; returns events. */
    private long apply(final int number, final int parts, final int spans) {
        final int from = batches.count() * number / parts;
        final int to = batches.count() * (number + 1) / parts;
        long events = 0;
        for (int i = from; i < to; i++) {
            final UnsafeBuffer batch = batches.next(i, spanStartUs + i % spans * (long) Spans.SPAN_US);
            ApplyBatches.apply(applier, shard, view.wrap(batch, 0, batch.capacity()));
            events += view.rowCount();
            // as in each duty cycle: ids of spans that left are swept
            memory.prepareSome();
        }
        return events;
    }

    private void dropOlderThan(final long timeUs) {
        for (final Segment segment : shard.takeOlderThan(timeUs)) {
            segment.free();
            if (segment instanceof FileSegment file) {
                file.close();
            }
        }
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
