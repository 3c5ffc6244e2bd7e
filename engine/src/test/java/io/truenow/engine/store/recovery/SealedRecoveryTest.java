package io.truenow.engine.store.recovery;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.testing.Seeds;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Starts with files and regions, and with files alone. */
final class SealedRecoveryTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int SHARD_ID = 7;
    private static final int TABLE_ID = 3;
    private static final int BATCHES = 80;
    private static final int QUERIES = 10;

    @TempDir
    private Path directory;

    private final RandomGenerator random = Seeds.random("SealedRecoveryTest");
    private final RandomRows rows = new RandomRows(random, 300, FROM_US, FROM_US + 3L * Spans.SPAN_US);
    private final List<List<Row>> sent = new ArrayList<>();
    private final Model model = new Model(random.nextBoolean() ? EventIdentity.ID : EventIdentity.ID_AND_TIME);
    private final MemoryAccountant accountant = new MemoryAccountant(1L << 30);
    private final MemoryTag tag = accountant.tag("sealed", 1L << 30);

    @Test
    void rowsOfFilesAndRegionsAreThereOnce() throws IOException {
        rows.extend();
        final long durable;
        try (LaneLife lane = LaneLife.begin(directory, files())) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard, BATCHES);
            // killed after the file got its name and before the lane heard of it
            final OpenSegment frozen = shard.freeze(shard.spanAt(0));
            durable = shard.durable(List.of(frozen)).size() == 0 ? 0 : shard.durable(List.of(frozen)).sequence(0);
            lane.write(shard, List.of(frozen), tag, sealed()).close();
        }
        try (LaneLife lane = LaneLife.begin(directory, files())) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            assertEquals(BATCHES, shard.vector().sequence(0));
            check(lane, shard);
            send(lane, shard, BATCHES);
            check(lane, shard);
            shard.closeFiles();
        }
        IoUtil.delete(directory.resolve("regions").toFile(), false);
        try (LaneLife lane = LaneLife.begin(directory, files())) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            final long start = shard.vector().size() == 0 ? 0 : shard.vector().sequence(0);
            assertEquals(durable, start);
            assertTrue(shard.rowsHeld() > 0);
            for (int i = (int) start; i < sent.size(); i++) {
                lane.apply(shard, encode(i), model.identity(), Long.MIN_VALUE);
            }
            check(lane, shard);
            shard.closeFiles();
        }
        assertEquals(0, tag.usedBytes());
    }

    @Test
    void eventsOfASegmentSealedSinceTheStartCountOnce() throws IOException {
        final UnsafeBuffer first;
        try (LaneLife lane = LaneLife.begin(directory, files())) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard, 1);
            first = rows.encode(sent.getFirst(), 3, FROM_US);
            for (int i = 0; i < shard.spanCount(); i++) {
                shard.freeze(shard.spanAt(i));
            }
            send(lane, shard, 1);
        }
        try (LaneLife lane = LaneLife.begin(directory, files())) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            for (int i = 0; i < shard.spanCount(); i++) {
                lane.seal(shard, List.of(shard.spanAt(i).segment(0)), tag, sealed());
            }
            assertEquals(0, lane.apply(shard, first, model.identity(), Long.MIN_VALUE), "the events are in files");
            shard.closeFiles();
        }
    }

    private void send(final LaneLife lane, final ShardStore shard, final int batches) {
        for (int i = 0; i < batches; i++) {
            sent.add(rows.batch());
            while (encode(sent.size() - 1) == null) {
                sent.set(sent.size() - 1, rows.batch());
            }
            assertEquals(model.apply(sent.getLast(), Long.MIN_VALUE),
                lane.apply(shard, encode(sent.size() - 1), model.identity(), Long.MIN_VALUE));
        }
    }

    private void check(final LaneLife lane, final ShardStore shard) {
        assertEquals(model.size(), shard.rowsHeld());
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        final ShardUnderTest tested = new ShardUnderTest(lane.memory);
        for (int i = 0; i < QUERIES; i++) {
            final Plan plan = Plan.random(random, rows, FROM_US, FROM_US + 3L * Spans.SPAN_US);
            tested.check(plan, cut, model.query(plan, model.size()));
        }
    }

    private UnsafeBuffer encode(final int batch) {
        return rows.encode(sent.get(batch), batch + 1, FROM_US);
    }

    private Path sealed() {
        return directory.resolve(SealedDirectory.NAME);
    }

    private SealedFiles files() {
        return new SealedFiles(DiskFiles.INSTANCE, new SealedDirectory(DiskFiles.INSTANCE, sealed(), tag), sealed(), 0);
    }
}
