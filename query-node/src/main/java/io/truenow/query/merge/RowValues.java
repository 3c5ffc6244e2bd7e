package io.truenow.query.merge;

import io.truenow.query.plan.Aggregate;

import java.nio.charset.StandardCharsets;

/** The numbers of a result row, derived from a group's states. NaN where there is none. One thread. */
final class RowValues {
    static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    static final byte[] NOTHING = {};

    private final MergeTable table;
    private final Aggregate aggregate;
    private final boolean hasMetric;

    RowValues(final MergeTable table, final Aggregate aggregate) {
        this.table = table;
        this.aggregate = aggregate;
        this.hasMetric = table.metricCount() > 0;
    }

    /** With a metric the rows that carry it, else all. */
    long count(final int group) {
        return hasMetric ? table.valueCount(group) : table.rowCount(group);
    }

    double value(final int group) {
        return switch (aggregate) {
            case COUNT -> count(group);
            case SUM -> sum(group);
            case AVG -> avg(group);
            case MIN -> min(group);
            case MAX -> max(group);
        };
    }

    double sum(final int group) {
        return has(group) ? table.sum(group) : Double.NaN;
    }

    double avg(final int group) {
        return has(group) ? table.sum(group) / table.valueCount(group) : Double.NaN;
    }

    double min(final int group) {
        return has(group) ? table.min(group) : Double.NaN;
    }

    double max(final int group) {
        return has(group) ? table.max(group) : Double.NaN;
    }

    private boolean has(final int group) {
        return hasMetric && table.valueCount(group) > 0;
    }
}
