package io.truenow.query.merge;

import io.truenow.format.sketch.Sketch;
import io.truenow.query.plan.LogicalPlan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The groups of a merged query as rows in the order that was asked for: a schema, and a cursor that goes over them once. First all are
 * ordered, some comparisons at a time; then {@link #next} leads from row to row, whose members the other methods tell. Numbers that do not
 * exist are NaN. Belongs to the scatter agent's thread, and is as good as its table: until that is released or begun again.
 */
public final class ResultRows {
    private final MergeTable table;
    private final RowValues values;
    private final ResultOrder order;
    private final ResultSchema schema;
    private final int limit;
    /** Null until all groups are ordered. */
    private int[] ordered;
    private int next;
    private int group = -1;

    /**
     * Rows of all groups of a table, to which nothing is added any more.
     *
     * @param startTimeUs of the range that was answered, not before the plan's.
     */
    public ResultRows(final LogicalPlan plan, final long startTimeUs, final MergeTable table) {
        final List<byte[]> names = new ArrayList<>();
        for (int i = 0; i < plan.groupBy().size(); i++) {
            names.add(((i == 0 ? "" : ",") + plan.groupBy().get(i) + ':').getBytes(StandardCharsets.UTF_8));
        }
        this.table = table;
        this.values = new RowValues(table, plan, startTimeUs);
        this.order = new ResultOrder(table, values, plan.order(), names);
        this.schema = ResultSchema.of(plan);
        this.limit = plan.limit();
    }

    /** Memory beside the table's that so many groups take to be ordered. */
    public static long orderBytes(final LogicalPlan plan, final int groups) {
        return ResultOrder.heldBytes(plan.order(), groups);
    }

    /** Orders on, with about so many comparisons; false if more is left to do. */
    public boolean order(final int comparisons) {
        if (ordered == null && order.order(comparisons)) {
            ordered = order.sorted(limit);
        }
        return ordered != null;
    }

    /** What each row has. */
    public ResultSchema schema() {
        return schema;
    }

    /** How many rows there are, once they are ordered. */
    public int rowCount() {
        return ordered.length;
    }

    /** Goes on to the next row; false: there is none. */
    public boolean next() {
        if (next == ordered.length) {
            return false;
        }
        group = ordered[next++];
        return true;
    }

    /** Start of the row's interval, in microseconds since the epoch; 0 where the query has none. */
    public long bucketUs() {
        return table.bucketUs(group);
    }

    /** Whether the row's events have no value of a dimension. */
    public boolean isNull(final int dimension) {
        return table.code(group, dimension) == 0;
    }

    /** Where values of dimensions lie, in UTF-8. */
    public byte[] valueBytes() {
        return table.values().bytes();
    }

    /** Where a dimension's value begins, unless {@link #isNull}. */
    public int valueStart(final int dimension) {
        return table.values().start(table.code(group, dimension));
    }

    /** Where a dimension's value ends. */
    public int valueEnd(final int dimension) {
        return table.values().end(table.code(group, dimension));
    }

    /** With a metric the events that carry it, else all. */
    public long count() {
        return values.count(group);
    }

    /** The number that was asked for. */
    public double value() {
        return values.value(group);
    }

    /** What {@link #value} lost to its rounding, as far as that is a whole number: exactly it is both together. */
    public double valueRest() {
        return values.valueRest(group);
    }

    /** Sum of the metric. */
    public double sum() {
        return values.sum(group);
    }

    /** What {@link #sum} lost to its rounding. */
    public double sumRest() {
        return values.sumRest(group);
    }

    /** Mean of the metric. */
    public double avg() {
        return values.avg(group);
    }

    /** The metric's least value. */
    public double min() {
        return values.min(group);
    }

    /** The metric's greatest value. */
    public double max() {
        return values.max(group);
    }

    /** A further aggregate's number; an estimate where it is read from a sketch, NaN where it is a list. */
    public double termValue(final int term) {
        return values.value(term, group);
    }

    /** What {@link #termValue} lost to its rounding. */
    public double termRest(final int term) {
        return values.valueRest(term, group);
    }

    /** What a further aggregate is read from; null where the row has none. */
    public Sketch termSketch(final int term) {
        return table.sketch(values.stateIndex(term), group);
    }
}
