package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.model.Row;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.store.sealed.SealedFixture;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.shard.Spans;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random trees over open segments with dimensions of many values, whose rows are linked: by blocks, and by what may be passed over. */
final class OpenPredicateTest {
    private final RandomGenerator random = Seeds.random("OpenPredicateTest");
    private final BlockKernel kernel = new BlockKernel();
    private int known;

    @RepeatedTest(4)
    void rowsAreThoseOfThePlainTree() {
        try (SealedFixture fixture = new SealedFixture()) {
            SealedFixture.Filled filled = fixture.fill(random, 5_000, 250);
            while (filled.dimensions() < 2) {
                filled = fixture.fill(random, 5_000, 250);
            }
            final OpenSegment segment = (OpenSegment) filled.segment();
            final ResolvedLeaves leaves = new ResolvedLeaves(fixture.memory.values(), 1 << 20);
            final Predicate predicate = new Predicate();
            final SegmentPredicate resolved = new SegmentPredicate();
            for (int i = 0; i < 200; i++) {
                final Tree tree = tree(filled, 2);
                predicate.begin();
                tree.addTo(predicate, fixture.memory.values());
                assertTrue(predicate.end());
                resolved.resolve(predicate, segment, leaves);
                final List<Integer> expected = new ArrayList<>();
                for (int row = 0; row < filled.rows().size(); row++) {
                    if (matches(tree, filled.rows().get(row))) {
                        expected.add(row);
                    }
                }
                assertEquals(expected, found(segment, resolved), tree::toString);
                assertTrue(expected.size() <= resolved.knownRowsCost(), tree::toString);
                for (int j = 0; j < 20; j++) {
                    final int from = random.nextInt(filled.rows().size());
                    final long next = resolved.nextRow(from);
                    assertTrue(next >= from && expected.stream().noneMatch(row -> row >= from && row < next), tree::toString);
                }
                known += resolved.knownRowsCost() < Long.MAX_VALUE ? 1 : 0;
            }
            assertTrue(known > 20, "rows were known of " + known);
        }
    }

    private List<Integer> found(final OpenSegment segment, final SegmentPredicate resolved) {
        final List<Integer> found = new ArrayList<>();
        for (int index = 0; index < segment.blockCount(); index++) {
            final Block block = segment.block(index);
            final long end = index + 1 < segment.blockCount() ? segment.block(index + 1).firstRow() : segment.rowCount();
            kernel.begin(block, 0, (int) (end - block.firstRow()));
            kernel.selectTimes(0, Spans.SPAN_US);
            kernel.select(resolved);
            for (int i = 0; i < kernel.selectedCount(); i++) {
                found.add((int) block.firstRow() + kernel.selected()[i]);
            }
            assertTrue(kernel.selectedCount() == 0 || !resolved.isFalseIn(block));
        }
        return found;
    }

    private Tree tree(final SealedFixture.Filled filled, final int depth) {
        final int choice = random.nextInt(depth > 0 ? 7 : 4);
        if (choice < 4) {
            final int dimension = random.nextInt(filled.dimensions());
            final List<String> values = new ArrayList<>();
            for (int i = random.nextInt(random.nextInt(4) == 0 ? 20 : 3); i >= 0; i--) {
                final Row row = filled.rows().get(random.nextInt(filled.rows().size()));
                final String value = value(row, dimension);
                values.add(value == null ? "absent" : value);
            }
            return new Tree(PredicateKind.IN, CompareOp.NONE, dimension, random.nextInt(8) == 0, 0, values, List.of());
        }
        final PredicateKind kind = choice == 4 ? PredicateKind.AND : choice == 5 ? PredicateKind.OR : PredicateKind.NOT;
        final List<Tree> operands = new ArrayList<>();
        for (int i = kind == PredicateKind.NOT ? 1 : 1 + random.nextInt(3); i > 0; i--) {
            operands.add(tree(filled, depth - 1));
        }
        return new Tree(kind, CompareOp.NONE, 0, false, 0, List.of(), operands);
    }

    private static boolean matches(final Tree tree, final Row row) {
        return switch (tree.kind()) {
            case AND -> tree.operands().stream().allMatch(operand -> matches(operand, row));
            case OR -> tree.operands().stream().anyMatch(operand -> matches(operand, row));
            case NOT -> !matches(tree.operands().getFirst(), row);
            default -> value(row, tree.column()) == null ? tree.nullMatches() : tree.values().contains(value(row, tree.column()));
        };
    }

    private static String value(final Row row, final int dimension) {
        return dimension < row.dimensions().size() ? row.dimensions().get(dimension) : null;
    }
}
