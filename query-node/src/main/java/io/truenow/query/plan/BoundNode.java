package io.truenow.query.plan;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;

import java.util.List;

/**
 * A node of a bound filter, as {@code ShardQuery.predicate} has it.
 *
 * @param kind        of node.
 * @param op          of {@link PredicateKind#COMPARE}, else {@link CompareOp#NONE}.
 * @param column      ordinal of a leaf's dimension or metric.
 * @param operands    trees before it that AND, OR, NOT takes.
 * @param nullMatches of {@link PredicateKind#IN}.
 * @param constant    of {@link PredicateKind#COMPARE}.
 * @param values      UTF-8.
 */
public record BoundNode(
    PredicateKind kind, CompareOp op, int column, int operands, boolean nullMatches, double constant, List<byte[]> values) {
    static BoundNode inner(final PredicateKind kind, final int operands) {
        return new BoundNode(kind, CompareOp.NONE, 0, operands, false, 0, List.of());
    }

    static BoundNode in(final int dimension, final List<byte[]> values, final boolean nullMatches) {
        return new BoundNode(PredicateKind.IN, CompareOp.NONE, dimension, 0, nullMatches, 0, values);
    }

    static BoundNode contains(final int dimension, final byte[] text) {
        return new BoundNode(PredicateKind.CONTAINS, CompareOp.NONE, dimension, 0, false, 0, List.of(text));
    }

    static BoundNode compare(final int metric, final CompareOp op, final double constant) {
        return new BoundNode(PredicateKind.COMPARE, op, metric, 0, false, constant, List.of());
    }

    static BoundNode metricNull(final int metric) {
        return new BoundNode(PredicateKind.METRIC_NULL, CompareOp.NONE, metric, 0, false, 0, List.of());
    }
}
