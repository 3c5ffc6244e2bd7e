package io.truenow.engine.scan.cube;

import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.Scan;
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
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What one query does wrong in the midst of a cube harms no other query: answers stay those of the plain model. */
final class CubeFaultTest {
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final long TO_US = FROM_US + 2L * Spans.SPAN_US;
    private static final int ROUNDS = 120;
    private static final CubeLimits LIMITS = new CubeLimits(1 << 14, 1, 0, 1 << 24);

    private final RandomGenerator random = Seeds.random("CubeFaultTest");
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final Model model = new Model();
    private final ShardCut cut = new ShardCut();
    private long sequence;

    @RepeatedTest(6)
    void aFailedStepCountsNothingTwice() {
        final FailingKernel kernel = new FailingKernel(random);
        final RandomRows rows = new RandomRows(random, 6, FROM_US, TO_US);
        rows.extend();
        final List<Plan> plans = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            final Plan plan = Plan.random(random, rows, FROM_US, TO_US);
            plans.add(new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 0, plan.groupBy(), plan.metrics(), plan.wanted(), Map.of()));
        }
        int failed = 0;
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest first = new ShardUnderTest(memory, LIMITS, kernel);
            ShardUnderTest second = new ShardUnderTest(memory, first)) {
            final ShardStore shard = new ShardStore(memory, 7, 3);
            final BatchApplier applier = new BatchApplier(memory);
            for (int round = 0; round < ROUNDS; round++) {
                final List<Row> batch = rows.batch();
                final UnsafeBuffer encoded = rows.encode(batch, sequence + 1, TO_US);
                if (encoded != null) {
                    sequence++;
                    final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
                    assertTrue(view.isValid());
                    assertTrue(ShardUnderTest.apply(applier, shard, view, rows.dimensionCount(), rows.metricCount(), Long.MIN_VALUE));
                    model.apply(batch, Long.MIN_VALUE);
                }
                failed += checkTwo(kernel, first, second, plans, shard);
            }
            assertTrue(failed > ROUNDS / 10, failed + " queries failed");
            assertTrue(first.scans().counters().hits().get() > 0);
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                first.scans().tools().cubes().drop(segment.uid());
                segment.free();
            }
            shard.forget();
        }
        assertEquals(0, accountant.usedBytes());
    }

    /** Two queries of one cut, some of whose steps fail; one that did not fail must be right. */
    private int checkTwo(final FailingKernel kernel, final ShardUnderTest first, final ShardUnderTest second, final List<Plan> plans,
        final ShardStore shard) {
        assertTrue(cut.take(shard));
        final List<ShardUnderTest> tested = List.of(first, second);
        final List<Plan> begun = new ArrayList<>();
        for (final ShardUnderTest one : tested) {
            begun.add(plans.get(random.nextInt(plans.size())));
            one.askFor(random.nextBoolean() ? List.of(new SketchWish(SketchKind.DISTINCT, 0, 0, true)) : List.of());
            one.begin(begun.getLast(), cut);
        }
        final boolean[] over = new boolean[2];
        int failed = 0;
        kernel.isArmed = true;
        while (!over[0] || !over[1]) {
            final int next = over[0] ? 1 : over[1] ? 0 : random.nextInt(2);
            final Scan scan = tested.get(next).scan();
            try {
                over[next] = scan.step();
                if (over[next]) {
                    tested.get(next).compare(begun.get(next), model.query(begun.get(next), model.size()));
                    scan.end();
                }
            } catch (final Fault fault) {
                failed++;
                over[next] = true;
                scan.end();
            }
        }
        kernel.isArmed = false;
        return failed;
    }

    @Test
    void aKeyInUseIsNotForgotten() {
        try (LaneMemory memory = ShardUnderTest.memory(accountant); ShardUnderTest tested = new ShardUnderTest(memory, LIMITS)) {
            final CubeStore store = tested.scans().tools().cubes();
            final CubeKey key = store.ask(1, new int[]{0}, 1, 0);
            for (int dimension = 1; dimension <= 2_000; dimension++) {
                final CubeKey other = store.ask(1, new int[]{dimension}, 1, 0);
                store.onOver(other);
            }
            assertSame(key, store.ask(1, new int[]{0}, 1, 0), "asked for again while a query uses it");
            store.onOver(key);
            store.onOver(key);
            for (int dimension = 1; dimension <= 2_000; dimension++) {
                store.onOver(store.ask(1, new int[]{dimension}, 1, 0));
            }
            assertNotSame(key, store.ask(1, new int[]{0}, 1, 0), "an idle one goes");
        }
    }

    private static final class Fault extends RuntimeException {
    }

    /** Fails now and then, in the midst of a block. */
    private static final class FailingKernel extends BlockKernel {
        private final RandomGenerator random;
        private boolean isArmed;

        FailingKernel(final RandomGenerator random) {
            this.random = random;
        }

        @Override
        public void countRows(final long rowsAddress) {
            mayFail();
            super.countRows(rowsAddress);
            mayFail();
        }

        @Override
        public void aggregate(final int metric, final long statesAddress, final int wanted) {
            super.aggregate(metric, statesAddress, wanted);
            mayFail();
        }

        @Override
        public void codes(final int dimension, final int[] target) {
            mayFail();
            super.codes(dimension, target);
        }

        private void mayFail() {
            if (isArmed && random.nextInt(16) == 0) {
                throw new Fault();
            }
        }
    }
}
