package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.model.RandomBlock;
import io.truenow.engine.store.value.ValueTable;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A predicate as a plain tree. */
record Tree(
    PredicateKind kind, CompareOp op, int column, boolean nullMatches, double constant, List<String> values, List<Tree> operands) {

    static Tree random(final RandomGenerator random, final int[] codeLimits, final int metrics, final int depth) {
        final int choice = random.nextInt(depth > 0 ? 10 : 6);
        final int dimension = random.nextInt(codeLimits.length + 1);
        return switch (choice) {
            case 0, 1, 2 -> {
                final List<String> values = new ArrayList<>();
                for (int i = random.nextInt(random.nextBoolean() ? 3 : 12); i > 0; i--) {
                    final int limit = dimension < codeLimits.length ? codeLimits[dimension] + 2 : 3;
                    values.add(FakeSegment.text(dimension, 1 + random.nextInt(limit)));
                }
                yield new Tree(PredicateKind.IN, CompareOp.NONE, dimension, random.nextInt(3) == 0, 0, values, List.of());
            }
            case 3 -> {
                final String[] parts = {"1", "alue", "", "-1", "v2", "nowhere to be found"};
                yield new Tree(PredicateKind.CONTAINS, CompareOp.NONE, dimension, false, 0,
                    List.of(parts[random.nextInt(parts.length)]), List.of());
            }
            case 4 -> {
                final double[] constants = {0, 1, -3, 0.5, 1e6, -1e6, 1e12, random.nextGaussian() * 1e3};
                final CompareOp op = CompareOp.get((short) (1 + random.nextInt(6)));
                yield new Tree(PredicateKind.COMPARE, op, random.nextInt(metrics + 1), false,
                    constants[random.nextInt(constants.length)], List.of(), List.of());
            }
            case 5 -> new Tree(
                PredicateKind.METRIC_NULL, CompareOp.NONE, random.nextInt(metrics + 1), false, 0, List.of(), List.of());
            case 6, 7, 8 -> {
                final List<Tree> operands = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    operands.add(random(random, codeLimits, metrics, depth - 1));
                }
                final PredicateKind kind = random.nextBoolean() ? PredicateKind.AND : PredicateKind.OR;
                yield new Tree(kind, CompareOp.NONE, 0, false, 0, List.of(), operands);
            }
            default -> new Tree(PredicateKind.NOT, CompareOp.NONE, 0, false, 0, List.of(),
                List.of(random(random, codeLimits, metrics, depth - 1)));
        };
    }

    void addTo(final Predicate predicate, final ValueTable table) {
        operands.forEach(operand -> operand.addTo(predicate, table));
        predicate.node(kind, op, column, operands.size(), nullMatches, constant);
        for (final String value : values) {
            final UnsafeBuffer bytes = new UnsafeBuffer(value.getBytes(StandardCharsets.UTF_8));
            predicate.value(bytes, 0, bytes.capacity(), table.hash(bytes, 0, bytes.capacity()));
        }
    }

    boolean usesMetrics() {
        return kind == PredicateKind.COMPARE || kind == PredicateKind.METRIC_NULL || operands.stream().anyMatch(Tree::usesMetrics);
    }

    boolean matches(final RandomBlock block, final int row) {
        final int code = kind == PredicateKind.IN || kind == PredicateKind.CONTAINS ? block.code(column, row) : 0;
        return switch (kind) {
            case AND -> operands.stream().allMatch(operand -> operand.matches(block, row));
            case OR -> operands.stream().anyMatch(operand -> operand.matches(block, row));
            case NOT -> !operands.getFirst().matches(block, row);
            case IN -> code == 0 ? nullMatches : values.contains(FakeSegment.text(column, code));
            case CONTAINS -> code != 0 && FakeSegment.text(column, code).contains(values.getFirst());
            case METRIC_NULL -> block.metric(column, row) == null;
            default -> block.metric(column, row) != null && compares(block.metric(column, row));
        };
    }

    private boolean compares(final double value) {
        return switch (op) {
            case EQUAL -> value == constant;
            case NOT_EQUAL -> value != constant;
            case LESS -> value < constant;
            case LESS_OR_EQUAL -> value <= constant;
            case GREATER -> value > constant;
            default -> value >= constant;
        };
    }
}
