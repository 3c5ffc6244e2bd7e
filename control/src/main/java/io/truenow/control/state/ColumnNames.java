package io.truenow.control.state;

import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.ProblemCode;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** Names of columns that a command speaks of, each once, in its order. */
record ColumnNames(SequencedSet<String> dimensions, SequencedSet<String> metrics) {
    static final int MAX_COLUMNS = 128;

    ColumnNames() {
        this(new LinkedHashSet<>(), new LinkedHashSet<>());
    }

    /** Those of a table, and then those of them that it lacks. */
    ColumnNames behindThoseOf(final Table table) {
        final ColumnNames all = new ColumnNames(new LinkedHashSet<>(table.dimensions()), new LinkedHashSet<>(table.metrics()));
        all.dimensions.addAll(dimensions);
        all.metrics.addAll(metrics);
        return all;
    }

    boolean areThoseOf(final Table table) {
        return dimensions.size() == table.dimensions().size() && metrics.size() == table.metrics().size();
    }

    List<String> dimensionList() {
        return List.copyOf(dimensions);
    }

    List<String> metricList() {
        return List.copyOf(metrics);
    }

    Verdict checkNames() {
        if (!dimensions.stream().allMatch(Names::isColumn)) {
            return Verdict.reject(ProblemCode.INVALID_DIMENSION, "a dimension's name is " + Names.COLUMN_RULE);
        }
        if (!metrics.stream().allMatch(Names::isColumn)) {
            return Verdict.reject(ProblemCode.INVALID_METRIC, "a metric's name is " + Names.COLUMN_RULE);
        }
        return null;
    }

    Verdict checkCount() {
        return dimensions.size() <= MAX_COLUMNS && metrics.size() <= MAX_COLUMNS ? null : Verdict.reject(
            ProblemCode.SCHEMA_LIMIT, "a table has at most " + MAX_COLUMNS + " dimensions and " + MAX_COLUMNS + " metrics");
    }
}
