package io.truenow.engine.store.recovery;

import io.truenow.engine.model.RandomRows;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.format.batch.BatchView;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** After a restart tables of ids are made in steps; whatever happens to the span meanwhile, its events count once. */
final class PreparingTest {
    private static final int MANY = 1_000;
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final int SHARD_ID = 7;
    private static final int TABLE_ID = 3;
    private static final int ROWS = 24_000;
    private static final int ROWS_PER_STEP = 4_096;

    @TempDir
    private Path directory;
    private final RandomGenerator random = Seeds.random("PreparingTest");
    private final RandomRows rows = new RandomRows(random, 9_000, FROM_US, FROM_US + Spans.SPAN_US);
    private final MemoryAccountant accountant = new MemoryAccountant(1L << 30);
    private final MemoryTag tag = accountant.tag("sealed", 1L << 30);
    private final List<UnsafeBuffer> sent = new ArrayList<>();

    @RepeatedTest(6)
    void everyEventCountsOnceAndNoStepIsLong() throws IOException {
        final long rowsHeld;
        rows.extend();
        try (LaneLife lane = LaneLife.begin(directory)) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            fill(lane, shard, ROWS / 2);
            shard.freeze(shard.spanAt(0));
            fill(lane, shard, ROWS);
            rowsHeld = shard.rowsHeld();
        }
        try (LaneLife lane = LaneLife.begin(directory)) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            final long expectedSteps = rowsHeld / (2 * ROWS_PER_STEP);
            int steps = prepare(lane.memory, random.nextInt(12));
            final boolean isSealed = random.nextBoolean();
            if (isSealed) {
                seal(lane, shard);
            }
            steps += offer(lane, shard);
            // events that are in the file by now need no table
            if (!isSealed) {
                // a batch of repeated rows asks for nothing but ids
                steps += prepare(lane.memory, MANY);
                assertTrue(steps > expectedSteps, steps + " steps");
                assertEquals(0, prepare(lane.memory, 1), "nothing is left to be made");
            }
            for (final UnsafeBuffer batch : sent) {
                assertEquals(0, lane.apply(shard, batch, Long.MIN_VALUE));
            }
            assertEquals(rowsHeld, shard.rowsHeld());
            shard.closeFiles();
        }
    }

    /** The first batch once more, until it is taken; answers how often it was not. */
    private int offer(final LaneLife lane, final ShardStore shard) {
        final BatchApplier applier = lane.applier;
        final BatchView view = new BatchView();
        assertTrue(view.wrap(sent.getFirst(), 0, sent.getFirst().capacity()).isValid());
        int steps = 0;
        while (!applier.apply(shard, view, 2, 1, Long.MIN_VALUE)) {
            if (!applier.isPreparing()) {
                lane.nodeMemory.maintain(System.nanoTime());
            }
            steps++;
            assertTrue(steps < MANY, "it is never taken");
        }
        assertFalse(applier.isPreparing());
        return steps;
    }

    private static int prepare(final LaneMemory memory, final int atMost) {
        int steps = 0;
        while (steps < atMost && memory.prepareSome() > 0) {
            steps++;
        }
        return steps;
    }

    private void fill(final LaneLife lane, final ShardStore shard, final int enough) {
        while (shard.rowsHeld() < enough) {
            final UnsafeBuffer batch = rows.encode(rows.batch(), sent.size() + 1, FROM_US);
            if (batch != null) {
                sent.add(batch);
                lane.apply(shard, batch, Long.MIN_VALUE);
            }
        }
    }

    private void seal(final LaneLife lane, final ShardStore shard) throws IOException {
        final Segment frozen = shard.spanAt(0).segment(0);
        final List<Segment> sources = List.of(frozen);
        try (SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, tag)) {
            final SealedSegment made = writer.write(new SegmentIdentity(new SegmentOwner(11, 12, 0, TABLE_ID, SHARD_ID), FROM_US,
                    shard.newUid(), List.of(frozen.uid()), shard.durable(sources)), sources, lane.memory,
                SealedDirectory.shardDirectory(directory.resolve(SealedDirectory.NAME), 0, SHARD_ID));
            assertTrue(made.retainValues(Integer.MAX_VALUE));
            assertTrue(shard.replace(sources, made));
        }
    }
}
