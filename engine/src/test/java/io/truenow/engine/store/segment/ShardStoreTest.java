package io.truenow.engine.store.segment;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.hash.IdFilter;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.format.batch.BatchView;
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Applies random batches and compares every answer with the plain model. */
final class ShardStoreTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final long SPAN_US = 600_000_000L;

    @RepeatedTest(12)
    void answersAreThoseOfThePlainModel() {
        final RandomGenerator random = Seeds.random("ShardStoreTest");
        final long toUs = FROM_US + (1 + random.nextInt(6)) * SPAN_US;
        final RandomRows rows = new RandomRows(random, 1 + random.nextInt(random.nextBoolean() ? 8 : 3_000), FROM_US, toUs);
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory));
            ShardUnderTest tested = new ShardUnderTest(memory)) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            final Model model = new Model(random.nextBoolean() ? EventIdentity.ID : EventIdentity.ID_AND_TIME);
            long keptFromUs = Long.MIN_VALUE;
            long sequence = 0;
            int otherTimes = 0;
            for (int i = 0; i < 120; i++) {
                if (random.nextInt(30) == 0) {
                    rows.extend();
                }
                final List<Row> batch = rows.batch();
                final UnsafeBuffer encoded = rows.encode(batch, sequence + 1, toUs);
                if (encoded == null) {
                    continue;
                }
                sequence++;
                final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
                assertTrue(view.isValid());
                assertTrue(ShardUnderTest.apply(
                    applier, shard, view, model.identity(), random.nextInt(rows.dimensionCount() + 1), 0, keptFromUs));
                final int added = model.apply(batch, keptFromUs);
                assertEquals(added, applier.rowsInserted());
                assertEquals(batch.size(), applier.rowsInserted() + applier.rowsRepeated() + applier.rowsExpired());
                assertEquals(expiredUntilUs(batch, keptFromUs), applier.expiredUntilUs());
                otherTimes += applier.rowsRepeatedWithOtherTime();
                if (i == 80) {
                    keptFromUs = Spans.floor(FROM_US + SPAN_US);
                    model.dropOlderThan(keptFromUs);
                    for (final Segment segment : shard.takeOlderThan(keptFromUs)) {
                        segment.free();
                    }
                }
                if (i % 5 == 0) {
                    check(random, rows, shard, tested, model, toUs);
                }
            }
            assertEquals(model.size(), shard.rowsHeld());
            assertTrue(otherTimes <= model.otherTimes(), otherTimes + " repeats with another time of " + model.otherTimes());
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                segment.free();
            }
            shard.forget();
            assertEquals(0, memory.values().size());
        }
        assertEquals(0, accountant.usedBytes());
    }

    /** As where a clock was ahead for a day: spans share tags of the filter then. */
    @ParameterizedTest
    @EnumSource(names = {"ID", "ID_AND_TIME"})
    void anEventIsItsIdWhateverHowManySpansThereAre(final EventIdentity identity) {
        final RandomGenerator random = Seeds.random("ShardStoreTest.spans");
        final RandomRows rows = new RandomRows(random, 20, FROM_US, FROM_US + 330 * SPAN_US);
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        try (LaneMemory memory = ShardUnderTest.memory(accountant)) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            final Model model = new Model(identity);
            long keptFromUs = Long.MIN_VALUE;
            int mostSpans = 0;
            for (int sequence = 1; sequence <= 200; sequence++) {
                final List<Row> batch = rows.batch();
                final UnsafeBuffer encoded = rows.encode(batch, sequence, FROM_US);
                final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
                assertTrue(view.isValid() && ShardUnderTest.apply(applier, shard, view, identity, 0, 0, keptFromUs));
                assertEquals(model.apply(batch, keptFromUs), applier.rowsInserted());
                mostSpans = Math.max(mostSpans, shard.spanCount());
                if (sequence % 40 == 0) {
                    keptFromUs = Spans.floor(FROM_US + sequence / 2 * SPAN_US);
                    model.dropOlderThan(keptFromUs);
                    for (final Segment segment : shard.takeOlderThan(keptFromUs)) {
                        segment.free();
                    }
                }
                memory.prepareSome();
            }
            assertTrue(mostSpans > IdFilter.TAG_END, "spans: " + mostSpans);
            assertEquals(model.size(), shard.rowsHeld());
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                segment.free();
            }
            shard.forget();
        }
        assertEquals(0, accountant.usedBytes());
    }

    private static void check(
        final RandomGenerator random, final RandomRows rows, final ShardStore shard, final ShardUnderTest tested, final Model model,
        final long toUs) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        for (int i = 0; i < 6; i++) {
            final Plan plan = Plan.random(random, rows, FROM_US, toUs);
            tested.check(plan, cut, model.query(plan, model.size()));
        }
    }

    @Test
    void refusedBatchLeavesNothingAndIsAppliedWhenThereIsRoom() {
        final RandomGenerator random = Seeds.random("ShardStoreTest.refused");
        final long toUs = FROM_US + 3 * SPAN_US;
        final RandomRows rows = new RandomRows(random, 2_000, FROM_US, toUs);
        rows.extend();
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        final boolean[] mayGrow = {true};
        final RegionSource inline = RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), 1 << 18);
        final RegionSource source = () -> mayGrow[0] ? inline.poll() : null;
        try (LaneMemory memory = new LaneMemory(new BlockPool(source, 1 << 18, 1_024), 42);
            ShardUnderTest tested = new ShardUnderTest(memory)) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            final Model model = new Model();
            int refusals = 0;
            for (int sequence = 1; sequence <= 150; sequence++) {
                List<Row> batch = rows.batch();
                UnsafeBuffer encoded = rows.encode(batch, sequence, toUs);
                while (encoded == null) {
                    batch = rows.batch();
                    encoded = rows.encode(batch, sequence, toUs);
                }
                final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
                assertTrue(view.isValid());
                mayGrow[0] = false;
                final long valuesBefore = memory.values().size();
                while (!ShardUnderTest.apply(applier, shard, view, 0, 0, Long.MIN_VALUE)) {
                    refusals++;
                    assertEquals(valuesBefore, memory.values().size());
                    assertEquals(model.size(), shard.rowsHeld());
                    mayGrow[0] = true;
                    memory.pool().release(memory.rows(), memory.pool().allocate(memory.rows(), 1 << 18));
                    mayGrow[0] = false;
                }
                model.apply(batch, Long.MIN_VALUE);
                check(random, rows, shard, tested, model, toUs);
            }
            assertTrue(refusals > 0, "memory never ran out");
        }
    }

    /** Rows that are not kept any more were all earlier than this. */
    private static long expiredUntilUs(final List<Row> batch, final long keptFromUs) {
        return batch.stream().filter(row -> Spans.floor(row.timeUs()) < keptFromUs).mapToLong(row -> row.timeUs() + 1).max()
            .orElse(Long.MIN_VALUE);
    }
}
