package io.truenow.hottier.lane;

import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.write.SealerAgent;
import io.truenow.engine.store.sealed.write.SealerContext;
import io.truenow.engine.store.sealed.write.SealerCounters;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.format.batch.BatchView;
import io.truenow.testing.Await;
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A lane's thread appends, freezes, puts files in place of segments and lets spans go, the sealer agent's thread writes and deletes files,
 * and a query agent's thread takes cuts: whole batches, the rows of its vector from what is available on.
 */
final class ConcurrentLifeTest {
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final long TO_US = FROM_US + 4L * Spans.SPAN_US;
    private static final int BATCHES = 300;
    private static final int FIRST_DROP = 120;
    private static final int SECOND_DROP = 220;
    /** The writer lets the reader keep up this much, so that cuts fall everywhere. */
    private static final int PACE = 3;

    @TempDir
    private Path directory;
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final LaneExchange exchange = new LaneExchange();
    private final SealExchange seals = new SealExchange();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<UnsafeBuffer> encoded = new ArrayList<>();
    /** Rows of the model after so many batches, but for those let go. */
    private final List<Integer> rowsAfter = new ArrayList<>(List.of(0));
    private volatile boolean isOver;
    private volatile int comparisons;
    private int leaving;
    private int replaced;
    private int merged;

    @RepeatedTest(4)
    void cutsAreWholeBatchesWhateverFormTheirRowsHave() throws InterruptedException, IOException {
        final RandomGenerator random = Seeds.random("ConcurrentLifeTest");
        final RandomRows rows = new RandomRows(random, 200, FROM_US, TO_US);
        rows.extend();
        final Model model = new Model();
        while (encoded.size() < BATCHES) {
            final List<Row> batch = rows.batch();
            final UnsafeBuffer bytes = rows.encode(batch, encoded.size() + 1, FROM_US);
            if (bytes != null) {
                if (encoded.size() == FIRST_DROP || encoded.size() == SECOND_DROP) {
                    model.forgetIdsOlderThan(keptFromUs(encoded.size()));
                }
                model.apply(batch, keptFromUs(encoded.size()));
                encoded.add(bytes);
                rowsAfter.add(model.size());
            }
        }
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory))) {
            final ShardStore shard = new ShardStore(memory, FakeGateway.SHARD_ID, FakeGateway.TABLE_ID);
            exchange.shards(List.of(shard));
            final Thread reader = start("reader", () -> read(Seeds.random("ConcurrentLifeTest.reader"), rows, model, memory));
            final StateFile state = StateFile.open(DiskFiles.INSTANCE, SealedDirectory.laneDirectory(directory, 0));
            final Thread sealer = start("sealer", () -> seal(memory, state));
            write(random, memory, shard);
            isOver = true;
            reader.join();
            sealer.join();
            assertNull(failure.get(), () -> "a thread failed: " + failure.get());
            assertTrue(replaced > 0, "nothing was sealed; " + merged + " were merged");
        }
        assertEquals(0, accountant.usedBytes());
    }

    private static long keptFromUs(final int batch) {
        return batch < FIRST_DROP ? Long.MIN_VALUE : FROM_US + (batch < SECOND_DROP ? 1L : 2L) * Spans.SPAN_US;
    }

    private void write(final RandomGenerator random, final LaneMemory memory, final ShardStore shard) {
        final BatchApplier applier = new BatchApplier(memory);
        for (int i = 0; i < encoded.size() && failure.get() == null; i++) {
            if (i == FIRST_DROP || i == SECOND_DROP) {
                shard.publishState(1, true, keptFromUs(i));
                retire(shard.takeOlderThan(keptFromUs(i)));
            }
            live(random, shard);
            final BatchView batch = new BatchView().wrap(encoded.get(i), 0, encoded.get(i).capacity());
            assertTrue(batch.isValid() && ShardUnderTest.apply(applier, shard, batch, 1, 1, keptFromUs(i)));
            if (i % PACE == 0) {
                final int seen = comparisons;
                Await.doing("the reader compares", () -> takeUp(shard), () -> comparisons > seen || failure.get() != null);
            }
        }
        retire(shard.takeOlderThan(Long.MAX_VALUE));
        shard.forget();
        Await.doing("all segments come back", () -> takeUp(shard), () -> leaving == 0 || failure.get() != null);
    }

    /** Freezes a span's segment, or has what is frozen or lies in files written as one. */
    private void live(final RandomGenerator random, final ShardStore shard) {
        takeUp(shard);
        if (shard.spanCount() == 0 || random.nextInt(3) > 0) {
            return;
        }
        final Span span = shard.spanAt(random.nextInt(shard.spanCount()));
        if (span.open() != null && span.open().rowCount() > 0 && random.nextBoolean()) {
            shard.freeze(span);
        }
        final boolean files = random.nextInt(3) == 0;
        final List<Segment> sources = new ArrayList<>();
        long rows = 0;
        for (int i = 0; i < span.segmentCount(); i++) {
            final Segment segment = span.segment(i);
            if (segment instanceof FileSegment == files && !segment.isOpen() && !segment.isInTask()) {
                sources.add(segment);
                rows += segment.rowCount();
            }
        }
        if (sources.size() > (files ? 1 : 0)) {
            sources.forEach(Segment::beginTask);
            leaving++;
            seals.offer(new SealTask.Write(shard.state(), span.startUs(), sources, shard.newUid(), shard.durable(sources), rows));
        }
    }

    private void takeUp(final ShardStore shard) {
        exchange.flushRetired();
        seals.flushTasks();
        for (SealDone done = seals.pollDone(); done != null; done = seals.pollDone()) {
            assertTrue(done.isDone(), done.failure());
            leaving--;
            if (done.task() instanceof SealTask.Write write) {
                write.sources().forEach(Segment::endTask);
                assertEquals(write.expectedRows(), done.segment().rowCount());
                boolean isReady = false;
                while (!isReady) {
                    isReady = done.segment().retainValues(100);
                }
                if (shard.replace(write.sources(), done.segment())) {
                    replaced++;
                    merged += write.sources().getFirst() instanceof FileSegment ? 1 : 0;
                    retire(write.sources().toArray(new Segment[0]));
                } else {
                    done.segment().free();
                    leaving++;
                    seals.offer(new SealTask.Delete(done.segment()));
                }
            }
        }
        free();
    }

    private void free() {
        final List<Segment> busy = new ArrayList<>();
        for (Segment segment = exchange.pollReleased(); segment != null; segment = exchange.pollReleased()) {
            if (segment.isInTask()) {
                busy.add(segment);
                continue;
            }
            segment.free();
            if (segment instanceof FileSegment file) {
                seals.offer(new SealTask.Delete(file));
            } else {
                leaving--;
            }
        }
        // once more by way of the reader, until the sealer agent has read them
        exchange.retire(busy);
    }

    private void retire(final Segment[] segments) {
        leaving += segments.length;
        exchange.retire(List.of(segments));
    }

    private void seal(final LaneMemory memory, final StateFile state) {
        final SealerAgent agent = new SealerAgent(new SealerContext(DiskFiles.INSTANCE, directory,
            accountant.tag("sealed", Long.MAX_VALUE), List.of(new SealerContext.Lane(0, seals, memory, state)),
            SealerCounters.register(ProcessMetrics.local()), SystemNanoClock.INSTANCE, failure::set));
        while (!isOver && failure.get() == null) {
            if (agent.doWork() == 0) {
                Thread.onSpinWait();
            }
        }
        agent.onClose();
    }

    private void read(
        final RandomGenerator random, final RandomRows rows, final Model model, final LaneMemory memory) {
        final ShardCut cut = new ShardCut();
        try (ShardUnderTest tested = new ShardUnderTest(memory)) {
            while (!isOver && failure.get() == null) {
                exchange.flushReleased();
                for (Segment segment = exchange.pollRetired(); segment != null; segment = exchange.pollRetired()) {
                    if (segment.retire()) {
                        exchange.release(segment);
                    }
                }
                if (cut.take(exchange.shards().get(FakeGateway.SHARD_ID))) {
                    for (int i = 0; i < cut.segmentCount(); i++) {
                        cut.segment(i).acquire();
                    }
                    compare(random, rows, model, tested, cut);
                    for (int i = 0; i < cut.segmentCount(); i++) {
                        if (cut.segment(i).release()) {
                            exchange.release(cut.segment(i));
                        }
                    }
                    cut.clear();
                }
            }
        }
    }

    private void compare(
        final RandomGenerator random, final RandomRows rows, final Model model, final ShardUnderTest tested, final ShardCut cut) {
        final int batches = cut.gatewayCount() == 0 ? 0 : (int) cut.sequence(0);
        final Plan any = Plan.random(random, rows, FROM_US, TO_US);
        final Plan plan = new Plan(
            Math.max(any.startUs(), cut.availableFromUs()), any.endUs(), any.intervalUs(), any.groupBy(), any.metrics(), any.filters());
        // when all is over what is available does not move for the last spans
        if (plan.startUs() < plan.endUs() && (batches < BATCHES || cut.segmentCount() > 0)) {
            tested.check(plan, cut, model.query(plan, rowsAfter.get(batches)));
            if (cut.availableFromUs() == Long.MIN_VALUE) {
                assertEquals(rowsAfter.get(batches).longValue(), cut.rowsHeld());
            }
        }
        comparisons = comparisons + 1;
    }

    private Thread start(final String name, final Runnable work) {
        final Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (final Throwable e) {
                failure.compareAndSet(null, e);
            }
        }, name);
        thread.start();
        return thread;
    }
}
