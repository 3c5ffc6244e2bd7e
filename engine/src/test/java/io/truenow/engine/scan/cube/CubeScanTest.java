package io.truenow.engine.scan.cube;

import io.truenow.engine.model.Group;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
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
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random batches and plans: answers by cubes are those of the plain model, whatever is admitted, evicted, folded by others or grows. */
final class CubeScanTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int BATCHES = 90;
    private static final int PLANS = 9;

    private final RandomGenerator random = Seeds.random("CubeScanTest");
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final List<Plan> plans = new ArrayList<>();
    private final Model model = new Model();
    private long sequence;
    private long keptFromUs = Long.MIN_VALUE;

    @RepeatedTest(16)
    void answersAreThoseOfThePlainModel() {
        final long toUs = FROM_US + (1 + random.nextInt(4)) * (long) Spans.SPAN_US;
        final RandomRows rows = new RandomRows(random, 1 + random.nextInt(random.nextBoolean() ? 8 : 400), FROM_US, toUs);
        // few bytes: cubes drive each other out
        final long maxBytes = random.nextBoolean() ? 1 << 24 : 1 << 13 + random.nextInt(4);
        final CubeLimits limits = new CubeLimits(1 << 8 + random.nextInt(8), 1, random.nextInt(2), maxBytes);
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory));
            ShardUnderTest tested = new ShardUnderTest(memory, limits);
            ShardUnderTest other = new ShardUnderTest(memory, tested)) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            for (int i = 0; i < BATCHES; i++) {
                if (random.nextInt(30) == 0) {
                    rows.extend();
                }
                apply(applier, shard, rows, toUs);
                if (i % 3 == 0) {
                    check(plan(rows, toUs), shard, tested);
                    checkTwoAtOnce(applier, shard, rows, toUs, List.of(tested, other));
                }
                if (i == BATCHES - 20) {
                    letGo(shard, Spans.floor(FROM_US + Spans.SPAN_US), tested);
                }
            }
            letGo(shard, Long.MAX_VALUE, tested);
            shard.forget();
            assertEquals(0, tested.scans().tools().cubes().count());
        }
        assertEquals(0, accountant.usedBytes());
    }

    @RepeatedTest(8)
    void sketchesAreThoseOfRows() {
        final long toUs = FROM_US + (1 + random.nextInt(3)) * (long) Spans.SPAN_US;
        final RandomRows rows = new RandomRows(random, 1 + random.nextInt(200), FROM_US, toUs);
        rows.extend();
        plans.add(new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 0, List.of(), List.of(), Map.of()));
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest byRows = new ShardUnderTest(memory);
            ShardUnderTest byCubes = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, 1 << 24))) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            for (int i = 0; i < BATCHES; i++) {
                apply(applier, shard, rows, toUs);
                if (i % 3 == 0) {
                    Plan plan = i == 0 ? plans.getFirst() : plan(rows, toUs);
                    while (plan.groupBy().size() > 1 || plan.intervalUs() != 0) {
                        // thousands of groups would have thousands of sketches
                        plan = plan(rows, toUs);
                    }
                    final List<SketchWish> wishes = wishes(rows);
                    byRows.askFor(wishes);
                    byCubes.askFor(wishes);
                    assertEquals(sketches(byRows, plan, shard), sketches(byCubes, plan, shard));
                }
            }
            assertTrue(byCubes.scans().counters().hits().get() > 0);
            letGo(shard, Long.MAX_VALUE, byCubes);
            shard.forget();
        }
    }

    private List<SketchWish> wishes(final RandomRows rows) {
        final List<SketchWish> wishes = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            final SketchKind kind = SketchKind.of(random.nextInt(3));
            final int columns = kind == SketchKind.QUANTILES ? rows.metricCount() : rows.dimensionCount();
            wishes.add(new SketchWish(kind, random.nextInt(columns + 1), 0, random.nextBoolean()));
        }
        return wishes;
    }

    private Map<Group, List<String>> sketches(final ShardUnderTest tested, final Plan plan, final ShardStore shard) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        tested.begin(plan, cut);
        boolean over = false;
        while (!over) {
            over = tested.scan().step();
        }
        tested.compare(plan, model.query(plan, model.size()));
        final Map<Group, List<String>> sketches = tested.sketches(plan);
        tested.scan().end();
        return sketches;
    }

    /** The second query has a later cut, and begins while the first is under way. */
    private void checkTwoAtOnce(
        final BatchApplier applier, final ShardStore shard, final RandomRows rows, final long toUs, final List<ShardUnderTest> tested) {
        final List<ShardCut> cuts = List.of(new ShardCut(), new ShardCut());
        final List<Plan> begun = new ArrayList<>();
        final List<Model.Answer> expected = new ArrayList<>();
        final Plan same = plan(rows, toUs);
        for (int i = 0; i < 2; i++) {
            assertTrue(cuts.get(i).take(shard));
            begun.add(random.nextBoolean() ? same : plan(rows, toUs));
            expected.add(model.query(begun.get(i), model.size()));
            tested.get(i).begin(begun.get(i), cuts.get(i));
            for (int step = random.nextInt(40); step > 0 && i == 0; step--) {
                tested.get(0).scan().step();
            }
            apply(applier, shard, rows, toUs);
        }
        final boolean[] over = new boolean[2];
        while (!over[0] || !over[1]) {
            final int next = random.nextInt(2);
            over[next] = random.nextBoolean() ? tested.get(next).scan().step() : tested.get(next).scan().run(random.nextInt(1, 1_000));
        }
        for (int i = 0; i < 2; i++) {
            tested.get(i).compare(begun.get(i), expected.get(i));
            tested.get(i).scan().end();
        }
    }

    private void check(final Plan plan, final ShardStore shard, final ShardUnderTest tested) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        for (int i = 0; i < 2; i++) {
            tested.check(plan, cut, model.query(plan, model.size()));
        }
    }

    /** Mostly one that was asked before. */
    private Plan plan(final RandomRows rows, final long toUs) {
        if (plans.size() < PLANS || random.nextInt(10) == 0) {
            plans.add(Plan.random(random, rows, FROM_US, toUs));
        }
        return plans.get(random.nextInt(plans.size()));
    }

    private void apply(final BatchApplier applier, final ShardStore shard, final RandomRows rows, final long toUs) {
        final List<Row> batch = rows.batch();
        final UnsafeBuffer encoded = rows.encode(batch, sequence + 1, toUs);
        if (encoded != null) {
            sequence++;
            final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
            assertTrue(view.isValid());
            assertTrue(ShardUnderTest.apply(applier, shard, view, rows.dimensionCount(), rows.metricCount(), keptFromUs));
            model.apply(batch, keptFromUs);
        }
    }

    private void letGo(final ShardStore shard, final long newKeptFromUs, final ShardUnderTest tested) {
        keptFromUs = newKeptFromUs;
        model.dropOlderThan(keptFromUs);
        for (final Segment segment : shard.takeOlderThan(keptFromUs)) {
            tested.scans().tools().cubes().drop(segment.uid());
            segment.free();
        }
    }
}
