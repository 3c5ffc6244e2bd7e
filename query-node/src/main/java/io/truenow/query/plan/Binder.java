package io.truenow.query.plan;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Looks a plan's names up in one table. */
final class Binder {
    /** A lane carries out no predicate of more nodes. */
    private static final int MAX_NODES = 1_024;
    private final Table table;
    /** The member of the request that refusals name. */
    private String member = "filters";

    Binder(final Table table) {
        this.table = table;
    }

    int dimension(final String name, final String field) {
        final int ordinal = table.dimension(name);
        if (ordinal < 0) {
            throw new RefusedQueryException(Problem.ofField(ProblemCode.UNKNOWN_DIMENSION, field,
                "table '" + table.name() + "' has no dimension '" + name + "'" + known(table.dimensions())));
        }
        return ordinal;
    }

    int metric(final String name, final String field) {
        final int ordinal = table.metric(name);
        if (ordinal < 0) {
            throw new RefusedQueryException(Problem.ofField(ProblemCode.UNKNOWN_METRIC, field,
                "table '" + table.name() + "' has no metric '" + name + "'" + known(table.metrics())));
        }
        return ordinal;
    }

    /** The filter in postfix order; empty if it takes every row. */
    List<BoundNode> predicate(final Filter filter) {
        final List<BoundNode> nodes = new ArrayList<>();
        if (!filter.equals(Filter.ALL)) {
            add(filter, nodes);
        }
        if (nodes.size() > MAX_NODES) {
            throw new RefusedQueryException(Problem.ofField(ProblemCode.QUERY_TOO_LARGE, "where",
                "the conditions of filters and where come to " + nodes.size() + " steps, more than " + MAX_NODES + "; ask with fewer"));
        }
        return nodes;
    }

    private void add(final Filter filter, final List<BoundNode> nodes) {
        switch (filter) {
            case Filter.And and -> addAll(PredicateKind.AND, and.operands(), nodes);
            case Filter.Or or -> addAll(PredicateKind.OR, or.operands(), nodes);
            case Filter.Not not -> addAll(PredicateKind.NOT, List.of(not.operand()), nodes);
            case Filter.In in -> nodes.add(BoundNode.in(
                dimension(in.dimension(), member), in.values().stream().map(Binder::utf8).toList(), in.nullMatches()));
            case Filter.Contains contains ->
                nodes.add(BoundNode.contains(dimension(contains.dimension(), member), utf8(contains.text())));
            case Filter.Compare compare ->
                nodes.add(BoundNode.compare(metric(compare.metric(), member), op(compare.comparison()), compare.constant()));
            case Filter.Of of -> {
                final String outer = member;
                member = of.member();
                add(of.operand(), nodes);
                member = outer;
            }
            case Filter.MetricNull isNull -> nodes.add(BoundNode.metricNull(metric(isNull.metric(), member)));
        }
    }

    private void addAll(final PredicateKind kind, final List<Filter> operands, final List<BoundNode> nodes) {
        for (final Filter operand : operands) {
            add(operand, nodes);
        }
        // one alone needs no AND
        if (operands.size() != 1 || kind == PredicateKind.NOT) {
            nodes.add(BoundNode.inner(kind, operands.size()));
        }
    }

    private static CompareOp op(final Comparison comparison) {
        return switch (comparison) {
            case EQUAL -> CompareOp.EQUAL;
            case NOT_EQUAL -> CompareOp.NOT_EQUAL;
            case LESS -> CompareOp.LESS;
            case LESS_OR_EQUAL -> CompareOp.LESS_OR_EQUAL;
            case GREATER -> CompareOp.GREATER;
            case GREATER_OR_EQUAL -> CompareOp.GREATER_OR_EQUAL;
        };
    }

    private static byte[] utf8(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String known(final List<String> names) {
        final int shown = Math.min(names.size(), 8);
        return names.isEmpty() ? "; it has none"
            : "; it has " + String.join(", ", names.subList(0, shown)) + (names.size() > shown ? ", .." : "");
    }
}
