package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.model.RandomBlock;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.loop.EitherLoops;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random trees over random blocks, by rows and by tuples of codes; and trees that are none. */
final class SegmentPredicateTest {
    private static final int[] ROWS = {0, 1, 63, 64, 65, 500, 4_095, 4_096};
    private static final int METRICS = 3;

    private final RandomGenerator random = Seeds.random("SegmentPredicateTest");
    private final BlockKernel kernel = new BlockKernel();

    @RepeatedTest(8)
    void rowsAreThoseOfThePlainTree() {
        final int[] codeLimits = {random.nextInt(1, 5), random.nextInt(20, 250), random.nextInt(1, 1_000)};
        try (Arena arena = Arena.ofConfined(); LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            final FakeSegment segment = new FakeSegment(memory, 5, codeLimits);
            final ResolvedLeaves leaves = new ResolvedLeaves(memory.values(), random.nextBoolean() ? 1 << 20 : 2_000);
            final Predicate predicate = new Predicate();
            final SegmentPredicate resolved = new SegmentPredicate();
            for (int i = 0; i < 60; i++) {
                final RandomBlock block =
                    new RandomBlock(arena, random, ROWS[random.nextInt(ROWS.length)], 600_000_000, codeLimits, METRICS);
                final Tree tree = Tree.random(random, codeLimits, METRICS, 3);
                predicate.begin();
                tree.addTo(predicate, memory.values());
                assertTrue(predicate.end());
                resolved.resolve(predicate, segment, leaves);
                checkRows(tree, resolved, block);
                checkTuples(tree, resolved, block, codeLimits.length);
                assertTrue(leaves.usedBytes() <= 1 << 20);
            }
        }
    }

    private void checkRows(final Tree tree, final SegmentPredicate resolved, final RandomBlock block) {
        final int fromRow = random.nextBoolean() ? 0 : random.nextInt(block.rows() + 1);
        final int toRow = random.nextBoolean() ? block.rows() : fromRow + random.nextInt(block.rows() - fromRow + 1);
        final int fromOffsetUs = random.nextBoolean() ? 0 : random.nextInt(600_000_000);
        final int[] expected = IntStream.range(fromRow, toRow)
            .filter(row -> block.time(row) >= fromOffsetUs && tree.matches(block, row)).toArray();
        EitherLoops.useVectors(random.nextBoolean());
        kernel.begin(block, fromRow, toRow);
        kernel.selectTimes(fromOffsetUs, 600_000_000);
        kernel.select(resolved);
        assertEquals(expected.length, kernel.selectedCount(), tree::toString);
        assertArrayEquals(expected, Arrays.copyOf(kernel.selected(), expected.length), tree::toString);
        if (resolved.isAlwaysFalse() || resolved.isFalseIn(block)) {
            assertEquals(0, expected.length);
        }
    }

    private void checkTuples(final Tree tree, final SegmentPredicate resolved, final RandomBlock block, final int dimensionCount) {
        final int[] dimensions = IntStream.range(0, dimensionCount + 1).toArray();
        if (resolved.bindTuples(dimensions, dimensions.length)) {
            for (int row = 0; row < Math.min(50, block.rows()); row++) {
                final int at = row;
                final int[] codes = Arrays.stream(dimensions).map(dimension -> block.code(dimension, at)).toArray();
                assertEquals(tree.matches(block, row), resolved.matches(codes), tree::toString);
            }
        } else {
            assertTrue(tree.usesMetrics());
        }
    }

    @Test
    void rememberedCodesGrowWithTheDictionary() {
        try (LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            final FakeSegment segment = new FakeSegment(memory, 5, new int[]{100});
            final ResolvedLeaves leaves = new ResolvedLeaves(memory.values(), 1 << 20);
            final Predicate predicate = predicate(memory, "v50", "v200", "v1000");
            final SegmentPredicate resolved = new SegmentPredicate();
            for (int size = 100; size <= 1_200; size += 50) {
                segment.extend(0, size);
                resolved.resolve(predicate, segment, leaves);
                assertTrue(resolved.bindTuples(new int[]{0}, 1));
                for (int code = 0; code <= size; code++) {
                    assertEquals(code == 50 || code == 200 || code == 1_000, resolved.matches(new int[]{code}));
                }
            }
        }
    }

    /** So that a text looked for in many values does not hold up other queries. */
    @Test
    void looksAtValuesInSmallSteps() {
        try (LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            final int size = 50_000;
            final FakeSegment segment = new FakeSegment(memory, 5, new int[]{size});
            final ResolvedLeaves leaves = new ResolvedLeaves(memory.values(), 1 << 20);
            final Predicate predicate = new Predicate();
            predicate.begin();
            new Tree(PredicateKind.CONTAINS, CompareOp.NONE, 0, false, 0, List.of("999"), List.of()).addTo(predicate, memory.values());
            assertTrue(predicate.end());
            final SegmentPredicate resolved = new SegmentPredicate();
            final SegmentPredicate other = new SegmentPredicate();
            resolved.begin(predicate, segment, segment.rowCount(), leaves);
            int steps = 0;
            while (!resolved.isResolved()) {
                assertTrue(resolved.step() <= 1 << 16);
                steps++;
                if (steps == 2) {
                    // another query asks the same meanwhile
                    other.begin(predicate, segment, segment.rowCount(), leaves);
                    other.step();
                }
            }
            assertTrue(steps > 10, "steps " + steps);
            while (!other.isResolved()) {
                other.step();
            }
            for (final SegmentPredicate done : List.of(resolved, other)) {
                assertTrue(done.bindTuples(new int[]{0}, 1));
                for (int code = 1; code <= size; code++) {
                    assertEquals(FakeSegment.text(0, code).contains("999"), done.matches(new int[]{code}));
                }
            }
        }
    }

    @Test
    void malformedTreesAreRefused() {
        final Predicate predicate = new Predicate();
        predicate.begin();
        assertTrue(predicate.end());
        assertTrue(predicate.isEmpty());
        final List<Runnable> malformed = List.of(
            () -> predicate.node(PredicateKind.AND, CompareOp.NONE, 0, 1, false, 0),
            () -> predicate.node(PredicateKind.NOT, CompareOp.NONE, 0, 0, false, 0),
            () -> predicate.node(PredicateKind.CONTAINS, CompareOp.NONE, 0, 0, false, 0),
            () -> predicate.node(PredicateKind.COMPARE, CompareOp.NONE, 0, 0, false, 0),
            () -> predicate.node(PredicateKind.COMPARE, CompareOp.LESS, 0, 0, false, Double.NaN),
            () -> predicate.value(new UnsafeBuffer(new byte[1]), 0, 1, 1),
            () -> {
                predicate.node(PredicateKind.IN, CompareOp.NONE, 0, 0, false, 0);
                predicate.node(PredicateKind.IN, CompareOp.NONE, 0, 0, false, 0);
            },
            () -> {
                predicate.node(PredicateKind.METRIC_NULL, CompareOp.NONE, 0, 0, false, 0);
                for (int i = 0; i < Predicate.MAX_DEPTH; i++) {
                    predicate.node(PredicateKind.NOT, CompareOp.NONE, 0, 1, false, 0);
                }
            },
            () -> {
                for (int i = 0; i < Predicate.MAX_NODES; i++) {
                    predicate.node(PredicateKind.METRIC_NULL, CompareOp.NONE, 0, 0, false, 0);
                }
                predicate.node(PredicateKind.AND, CompareOp.NONE, 0, Predicate.MAX_NODES, false, 0);
            });
        for (final Runnable nodes : malformed) {
            predicate.begin();
            nodes.run();
            assertFalse(predicate.end());
        }
    }

    private static Predicate predicate(final LaneMemory memory, final String... values) {
        final Predicate predicate = new Predicate();
        predicate.begin();
        new Tree(PredicateKind.IN, CompareOp.NONE, 0, false, 0, List.of(values), List.of()).addTo(predicate, memory.values());
        assertTrue(predicate.end());
        return predicate;
    }
}
