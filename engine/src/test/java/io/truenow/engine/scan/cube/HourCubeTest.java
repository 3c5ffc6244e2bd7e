package io.truenow.engine.scan.cube;

import io.truenow.engine.model.Group;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchView;
import io.truenow.format.sketch.SketchKind;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A cube of an hour stands for just the rows of the cut that it was made from. */
final class HourCubeTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int SPANS = 3;
    private static final long TO_US = FROM_US + SPANS * (long) Spans.SPAN_US;
    private static final int BATCH_ROWS = 300;
    private static final Plan ALL = new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 0, List.of(0), List.of(0), Map.of());

    private final RandomGenerator random = Seeds.random("HourCubeTest");
    private final RandomRows rows = new RandomRows(random, 6, FROM_US, TO_US);
    private final Model model = new Model();
    private long sequence;
    private long lastId;

    @Test
    void whatWasMadeOfFewerRowsIsNotFoundForMore() {
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest tested = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, 1 << 24))) {
            rows.extend();
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            while (shard.rowsHeld() < 6_000) {
                apply(shard, applier);
            }
            final ShardCut early = new ShardCut();
            assertTrue(early.take(shard));
            final int earlyRows = model.size();
            while (shard.rowsHeld() < earlyRows + 200) {
                apply(shard, applier);
            }
            // none of the segments is open any more, though the early cut has not all rows of them
            for (int i = 0; i < shard.spanCount(); i++) {
                shard.freeze(shard.spanAt(i));
            }
            for (int i = 0; i < 4; i++) {
                tested.check(ALL, early, model.query(ALL, earlyRows));
            }
            assertTrue(hits(tested) > 0, "the hour was not answered at once");
            final ShardCut late = new ShardCut();
            assertTrue(late.take(shard));
            assertEquals(early.segmentCount(), late.segmentCount());
            final long hitsBefore = hits(tested);
            tested.check(ALL, late, model.query(ALL, model.size()));
            assertEquals(hitsBefore, hits(tested), "answered from a cube of other rows");
            tested.check(ALL, late, model.query(ALL, model.size()));
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                tested.scans().tools().cubes().drop(segment.uid());
                segment.free();
            }
            shard.forget();
        }
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void whatWasMadeOfLessIsNotFoundForMore() {
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest tested = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, 1 << 24))) {
            rows.extend();
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            while (shard.rowsHeld() < 6_000) {
                apply(shard, applier);
            }
            for (int i = 0; i < shard.spanCount(); i++) {
                shard.freeze(shard.spanAt(i));
            }
            final ShardCut cut = new ShardCut();
            assertTrue(cut.take(shard));
            for (final Plan plan : List.of(plan(List.of(), List.of()), plan(List.of(0), List.of(BlockKernel.EXTREMES)),
                plan(List.of(0), List.of(BlockKernel.EXTREMES | BlockKernel.MOMENTS)))) {
                final long hitsBefore = hits(tested);
                tested.check(plan, cut, model.query(plan, model.size()));
                assertEquals(hitsBefore, hits(tested), () -> "answered from a cube that has less than " + plan);
                for (int i = 0; i < 3; i++) {
                    tested.check(plan, cut, model.query(plan, model.size()));
                }
                assertTrue(hits(tested) > hitsBefore, "the hour was not answered at once");
            }
            onlyTheSameSegmentsAreTheSame(cut);
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                tested.scans().tools().cubes().drop(segment.uid());
                segment.free();
            }
            shard.forget();
        }
        assertEquals(0, accountant.usedBytes());
    }

    /** Two lists of one dimension come from the same cells, to which each segment's are to be added once. */
    @Test
    void listsOfTwoLengthsOfOneDimensionAreGatheredOnce() {
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest tested = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, 1 << 24))) {
            rows.extend();
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            while (shard.rowsHeld() < 6_000) {
                apply(shard, applier);
            }
            for (int i = 0; i < shard.spanCount(); i++) {
                shard.freeze(shard.spanAt(i));
            }
            final ShardCut cut = new ShardCut();
            assertTrue(cut.take(shard));
            tested.askFor(List.of(new SketchWish(SketchKind.TOP, 0, 200, false), new SketchWish(SketchKind.DISTINCT, 0, 0, false),
                new SketchWish(SketchKind.TOP, 0, 100, false)));
            final Map<Group, List<String>> ofRows = sketches(tested, cut);
            for (int i = 0; i < 4; i++) {
                assertEquals(ofRows, sketches(tested, cut));
            }
            assertTrue(hits(tested) > 0, "the hour was not answered at once");
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                tested.scans().tools().cubes().drop(segment.uid());
                segment.free();
            }
            shard.forget();
        }
        assertEquals(0, accountant.usedBytes());
    }

    private static Map<Group, List<String>> sketches(final ShardUnderTest tested, final ShardCut cut) {
        tested.begin(ALL, cut);
        boolean isOver = false;
        while (!isOver) {
            isOver = tested.scan().step();
        }
        final Map<Group, List<String>> sketches = tested.sketches(ALL);
        tested.scan().end();
        return sketches;
    }

    private static void onlyTheSameSegmentsAreTheSame(final ShardCut cut) {
        final long[] rowCounts = {5, 5};
        final SegmentRun run = run(cut.segment(0), cut.segment(1));
        assertTrue(run.is(run.copyOfUids(), rowCounts));
        assertFalse(run(cut.segment(0), cut.segment(2)).is(run.copyOfUids(), rowCounts));
        assertFalse(run(cut.segment(1), cut.segment(0)).is(run.copyOfUids(), rowCounts));
        assertFalse(run(cut.segment(0)).is(run.copyOfUids(), rowCounts));
    }

    private static SegmentRun run(final Segment... segments) {
        final SegmentRun run = new SegmentRun();
        for (final Segment segment : segments) {
            run.add(segment, 5);
        }
        return run;
    }

    private static Plan plan(final List<Integer> metrics, final List<Integer> wanted) {
        return new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 0, List.of(0), metrics, wanted, Map.of());
    }

    private static long hits(final ShardUnderTest tested) {
        return tested.scans().tools().cubes().hours().hits();
    }

    /** New rows of all spans. */
    private void apply(final ShardStore shard, final BatchApplier applier) {
        final List<Row> batch = new ArrayList<>();
        for (int i = 0; i < BATCH_ROWS; i++) {
            lastId++;
            batch.add(new Row(lastId, lastId, FROM_US + random.nextLong(TO_US - FROM_US), List.of("v" + random.nextInt(6)),
                List.of((double) random.nextInt(1_000))));
        }
        sequence++;
        final UnsafeBuffer encoded = rows.encode(batch, sequence, TO_US);
        final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
        assertTrue(view.isValid());
        assertTrue(ShardUnderTest.apply(applier, shard, view, rows.dimensionCount(), rows.metricCount(), Long.MIN_VALUE));
        model.apply(batch, Long.MIN_VALUE);
    }
}
