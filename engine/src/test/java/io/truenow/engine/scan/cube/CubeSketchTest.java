package io.truenow.engine.scan.cube;

import io.truenow.engine.model.Plan;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import io.truenow.format.sketch.SketchKind;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Cubes keep sketches that are small beside their rows: a second query folds nothing. */
final class CubeSketchTest {
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final int SEGMENTS = 2;
    private static final int ROWS = 80_000;
    private static final int BATCH_ROWS = 400;
    private static final int CUSTOMERS = 4_000;
    private static final int COUNTRIES = 50;
    private static final int DEVICES = 5;
    /** A cube's sketches may have 512 KiB, 13 bytes a row of a segment. */
    private static final long CUBE_BYTES = 4 << 20;

    private final RandomGenerator random = Seeds.random("CubeSketchTest");
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private long sequence;

    @Test
    void manyRowsOfFewValuesAreFoldedOnce() {
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest tested = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, CUBE_BYTES))) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            for (int i = 0; i < ROWS / BATCH_ROWS; i++) {
                apply(applier, shard);
            }
            final SketchWish customers = new SketchWish(SketchKind.DISTINCT, 0, 0, false);
            final SketchWish latency = new SketchWish(SketchKind.QUANTILES, 0, 0, false);
            assertEquals(ROWS, foldedBy(tested, shard, customers, 1));
            assertEquals(0, foldedBy(tested, shard, customers, 1), "distinct customers by country");
            assertEquals(ROWS, foldedBy(tested, shard, latency, 2));
            assertEquals(0, foldedBy(tested, shard, latency, 2), "quantiles by device");
            for (int i = 0; i < shard.spanCount(); i++) {
                shard.freeze(shard.spanAt(i));
            }
            final SketchWish most = new SketchWish(SketchKind.TOP, 0, 0, false);
            assertEquals(ROWS, foldedBy(tested, shard, most, 2));
            assertEquals(0, foldedBy(tested, shard, most, 2), "most frequent customers by device, of closed segments");
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                tested.scans().tools().cubes().drop(segment.uid());
                segment.free();
            }
            shard.forget();
        }
        assertEquals(0, accountant.usedBytes());
    }

    private static long foldedBy(final ShardUnderTest tested, final ShardStore shard, final SketchWish wish, final int groupBy) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        tested.askFor(List.of(wish));
        tested.begin(new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 0, List.of(groupBy), List.of(), Map.of()), cut);
        boolean isOver = false;
        while (!isOver) {
            isOver = tested.scan().step();
        }
        final long folded = tested.scan().rowsFolded();
        assertEquals(SEGMENTS, tested.scan().cubeHits());
        assertEquals(folded, tested.scan().rowsScanned());
        tested.scan().end();
        return folded;
    }

    private void apply(final BatchApplier applier, final ShardStore shard) {
        final TableBinding binding = new TableBinding(
            new TableBinding.Schema(3, 1, 2, 1, 1), List.of("customer", "country", "device"), List.of("latency"), List.of(7));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        for (int i = 0; i < BATCH_ROWS; i++) {
            builder.startRow(FROM_US + random.nextLong(SEGMENTS * (long) Spans.SPAN_US), random.nextLong(), random.nextLong());
            dimension(builder, 0, CUSTOMERS);
            dimension(builder, 1, COUNTRIES);
            dimension(builder, 2, DEVICES);
            builder.metric(0, random.nextInt(1_000));
            assertTrue(builder.endRow());
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        final int length = builder.encode(buffer, 0, FROM_US);
        sequence++;
        BatchPosition.assign(buffer, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
        final BatchView view = new BatchView().wrap(buffer, 0, length);
        assertTrue(view.isValid());
        assertTrue(ShardUnderTest.apply(applier, shard, view, 3, 1, Long.MIN_VALUE));
    }

    private void dimension(final BatchBuilder builder, final int ordinal, final int values) {
        final byte[] bytes = (ordinal + "-" + random.nextInt(values)).getBytes(StandardCharsets.UTF_8);
        builder.dimension(ordinal, bytes, 0, bytes.length);
    }
}
