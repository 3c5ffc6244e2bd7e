package io.truenow.engine.store.recovery;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Many short lives of a lane over the same files, compared with a model that lives on. */
final class LaneRecoveryTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int SHARDS = 3;
    private static final int LIVES = 12;
    private static final int TABLE_ID = 3;

    @TempDir
    private Path directory;

    private final RandomGenerator random = Seeds.random("LaneRecoveryTest");
    private final long toUs = FROM_US + (1 + random.nextInt(5)) * (long) Spans.SPAN_US;
    private final RandomRows rows = new RandomRows(random, 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000), FROM_US, toUs);
    private final List<Model> models = new ArrayList<>();
    private final long[] sequences = new long[SHARDS];
    private long keptFromUs = Long.MIN_VALUE;
    private long greatestUid;

    @RepeatedTest(6)
    void everyLifeGoesOnWhereTheOneBeforeEnded() {
        for (int i = 0; i < SHARDS; i++) {
            models.add(new Model(i == 0 ? EventIdentity.ID_AND_TIME : EventIdentity.ID));
        }
        for (int life = 0; life < LIVES; life++) {
            try (LaneLife lane = LaneLife.begin(directory)) {
                final List<ShardStore> shards = takeShards(lane);
                final ShardUnderTest tested = new ShardUnderTest(lane.memory);
                check(shards, tested);
                for (int batch = random.nextInt(60); batch > 0; batch--) {
                    live(lane, shards);
                }
                check(shards, tested);
            }
        }
        try (LaneLife lane = LaneLife.begin(directory)) {
            for (final ShardStore shard : takeShards(lane)) {
                for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                    segment.free();
                }
                shard.forget();
            }
            assertEquals(0, lane.memory.values().size());
            ShardUnderTest.blockBytes(lane.memory).forEach((use, bytes) -> assertEquals(0, bytes, use));
        }
        try (LaneLife lane = LaneLife.begin(directory)) {
            assertTrue(lane.memory.recovered().isEmpty());
        }
    }

    private List<ShardStore> takeShards(final LaneLife lane) {
        final List<ShardStore> shards = new ArrayList<>();
        for (int i = 0; i < SHARDS; i++) {
            final ShardStore shard = lane.shard(i, TABLE_ID);
            final ShardVector vector = shard.vector();
            assertEquals(sequences[i], vector.size() == 0 ? 0 : vector.sequence(0));
            shards.add(shard);
        }
        assertTrue(lane.memory.recovered().isEmpty());
        return shards;
    }

    private void live(final LaneLife lane, final List<ShardStore> shards) {
        final int at = random.nextInt(SHARDS);
        final ShardStore shard = shards.get(at);
        if (random.nextInt(30) == 0) {
            rows.extend();
        }
        if (random.nextInt(12) == 0 && shard.spanCount() > 0) {
            final var span = shard.spanAt(random.nextInt(shard.spanCount()));
            if (span.open() != null) {
                shard.freeze(span);
            }
        }
        if (random.nextInt(100) == 0) {
            keptFromUs = Math.max(keptFromUs, Spans.floor(FROM_US + random.nextLong(toUs - FROM_US)));
            for (int i = 0; i < SHARDS; i++) {
                models.get(i).dropOlderThan(keptFromUs);
                for (final Segment segment : shards.get(i).takeOlderThan(keptFromUs)) {
                    segment.free();
                }
            }
        }
        final List<Row> batch = rows.batch();
        final UnsafeBuffer encoded = rows.encode(batch, sequences[at] + 1, toUs);
        if (encoded != null) {
            sequences[at]++;
            final Model model = models.get(at);
            assertEquals(model.apply(batch, keptFromUs), lane.apply(shard, encoded, model.identity(), keptFromUs));
        }
    }

    private void check(final List<ShardStore> shards, final ShardUnderTest tested) {
        for (int i = 0; i < SHARDS; i++) {
            assertEquals(models.get(i).size(), shards.get(i).rowsHeld());
            final ShardCut cut = new ShardCut();
            assertTrue(cut.take(shards.get(i)));
            for (int query = 0; query < 4; query++) {
                final Plan plan = Plan.random(random, rows, FROM_US, toUs);
                tested.check(plan, cut, models.get(i).query(plan, models.get(i).size()));
            }
            for (int segment = 0; segment < cut.segmentCount(); segment++) {
                greatestUid = Math.max(greatestUid, cut.segment(segment).uid());
            }
        }
    }

    @Test
    void segmentsInFilesAreDropped() {
        fill();
        final long[] uids;
        try (LaneLife lane = LaneLife.begin(directory)) {
            final ShardCut cut = new ShardCut();
            assertTrue(cut.take(lane.shard(0, TABLE_ID)));
            uids = new long[]{cut.segmentCount(), cut.segment(0).uid(), cut.rowCount(0), cut.rowsHeld()};
        }
        try (LaneLife lane = LaneLife.begin(directory, LaneLife.REGION_BYTES, uid -> uid == uids[1])) {
            final ShardStore shard = lane.shard(0, TABLE_ID);
            final ShardCut cut = new ShardCut();
            assertTrue(cut.take(shard));
            assertEquals(uids[0] - 1, cut.segmentCount());
            assertEquals(uids[3] - uids[2], cut.rowsHeld());
            assertEquals(sequences[0], shard.vector().sequence(0));
        }
    }

    @Test
    void regionsOfAnotherSizeAreThrownAway() {
        fill();
        try (LaneLife lane = LaneLife.begin(directory, LaneLife.REGION_BYTES * 2, uid -> false)) {
            assertTrue(lane.memory.recovered().isEmpty());
        }
    }

    @Test
    void anotherBootIsNoticed() throws IOException {
        damage("lane.meta", 16, 8);
    }

    @Test
    void damagedMetaIsThrownAway() throws IOException {
        damage("lane.meta", 0, 4_096);
    }

    @Test
    void damagedRedoRecordIsThrownAway() throws IOException {
        damage("lane.meta", 4_096, 64);
    }

    @Test
    void damagedRootSlotsAreThrownAway() throws IOException {
        damage("lane.meta", 73_728, 160);
    }

    @Test
    void damagedRegionIsThrownAway() throws IOException {
        damage("region-000.mem", 0, LaneLife.REGION_BYTES);
    }

    @Test
    void shortMetaIsThrownAway() throws IOException {
        truncate("lane.meta");
    }

    @Test
    void shortRegionIsThrownAway() throws IOException {
        truncate("region-000.mem");
    }

    @Test
    void missingRegionIsThrownAway() throws IOException {
        Files.delete(fill().resolve("region-000.mem"));
        expectNothing();
    }

    @Test
    void missingMetaMakesRegionsWorthless() throws IOException {
        Files.delete(fill().resolve("lane.meta"));
        expectNothing();
    }

    private void damage(final String file, final int offset, final int lengthBytes) throws IOException {
        try (FileChannel channel = FileChannel.open(fill().resolve(file), StandardOpenOption.WRITE)) {
            final byte[] garbage = new byte[lengthBytes];
            random.nextBytes(garbage);
            channel.write(ByteBuffer.wrap(garbage), offset);
        }
        expectNothing();
    }

    private void truncate(final String file) throws IOException {
        try (FileChannel channel = FileChannel.open(fill().resolve(file), StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
        expectNothing();
    }

    /** Nothing is taken over, and the lane works nevertheless. */
    private void expectNothing() {
        try (LaneLife lane = LaneLife.begin(directory)) {
            assertTrue(lane.memory.recovered().isEmpty());
            assertTrue(lane.apply(lane.shard(0, TABLE_ID), batch(), Long.MIN_VALUE) > 0);
        }
        try (LaneLife lane = LaneLife.begin(directory)) {
            assertFalse(lane.memory.recovered().isEmpty());
        }
    }

    private Path fill() {
        try (LaneLife lane = LaneLife.begin(directory)) {
            final ShardStore shard = lane.shard(0, TABLE_ID);
            for (int i = 0; i < 50; i++) {
                lane.apply(shard, batch(), Long.MIN_VALUE);
            }
            return lane.laneDirectory();
        }
    }

    private UnsafeBuffer batch() {
        UnsafeBuffer encoded = null;
        while (encoded == null) {
            encoded = rows.encode(rows.batch(), sequences[0] + 1, toUs);
        }
        sequences[0]++;
        return encoded;
    }
}
