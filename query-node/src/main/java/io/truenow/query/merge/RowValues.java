package io.truenow.query.merge;

import io.truenow.format.sketch.DistinctSketch;
import io.truenow.format.sketch.QuantileSketch;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.LogicalPlan;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The numbers of a result row, derived from a group's states. NaN where there is none. One thread. */
final class RowValues {
    static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    static final byte[] NOTHING = {};
    private static final double MICROS_PER_SECOND = 1e6;
    private static final int ROWS = -1;

    private final MergeTable table;
    private final LogicalPlan plan;
    private final long startTimeUs;
    private final List<AggregateTerm> terms;
    private final int[] stateIndices;
    private final int main;

    /** The start may be later than the plan's, where a partial answer was asked for. */
    RowValues(final MergeTable table, final LogicalPlan plan, final long startTimeUs) {
        this.table = table;
        this.plan = plan;
        this.startTimeUs = startTimeUs;
        this.terms = plan.selection().terms();
        this.stateIndices = terms.stream().mapToInt(plan.selection()::stateIndex).toArray();
        this.main = plan.selection().metric() == null ? ROWS : 0;
    }

    /** With a metric the rows that carry it, else all. */
    long count(final int group) {
        return count(main, group);
    }

    double value(final int group) {
        return value(plan.selection().aggregate(), main, group);
    }

    double sum(final int group) {
        return value(Aggregate.SUM, main, group);
    }

    double avg(final int group) {
        return value(Aggregate.AVG, main, group);
    }

    double min(final int group) {
        return value(Aggregate.MIN, main, group);
    }

    double max(final int group) {
        return value(Aggregate.MAX, main, group);
    }

    List<AggregateTerm> terms() {
        return terms;
    }

    /** Where a term's state stands among the metrics or the sketches; -1 where it counts rows. */
    int stateIndex(final int term) {
        return stateIndices[term];
    }

    /** A term's number; an estimate where it is read from a sketch. */
    double value(final int index, final int group) {
        final AggregateTerm term = terms.get(index);
        if (!term.aggregate().isSketch()) {
            return value(term.aggregate(), stateIndices[index], group);
        }
        return switch (table.sketch(stateIndices[index], group)) {
            case DistinctSketch distinct -> distinct.estimate();
            case QuantileSketch quantiles -> quantiles.isEmpty() ? Double.NaN : quantiles.quantile(term.rank());
            case null -> term.aggregate() == Aggregate.DISTINCT ? 0 : Double.NaN;
            default -> Double.NaN;
        };
    }

    private long count(final int metric, final int group) {
        return metric == ROWS ? table.rowCount(group) : table.valueCount(metric, group);
    }

    private double value(final Aggregate aggregate, final int metric, final int group) {
        if (aggregate == Aggregate.COUNT) {
            return count(metric, group);
        }
        if (aggregate == Aggregate.RATE) {
            return rate(metric, group);
        }
        final long count = metric == ROWS ? 0 : table.valueCount(metric, group);
        if (count == 0) {
            return Double.NaN;
        }
        return switch (aggregate) {
            case SUM -> table.sum(metric, group);
            case AVG -> table.mean(metric, group);
            case MIN -> table.min(metric, group);
            case MAX -> table.max(metric, group);
            // one value has no sample deviation: 0 / 0
            case STDDEV -> table.deviation(count - 1, metric, group);
            case STDDEV_POP -> table.deviation(count, metric, group);
            default -> throw new IllegalStateException(aggregate + " is read from a sketch");
        };
    }

    /** What {@link #sum} lost to its rounding, as far as that is a whole number: exactly it is both together. */
    double sumRest(final int group) {
        return rest(Aggregate.SUM, main, group);
    }

    /** The same of {@link #value(int)}. */
    double valueRest(final int group) {
        return rest(plan.selection().aggregate(), main, group);
    }

    /** The same of a term's number. */
    double valueRest(final int index, final int group) {
        return rest(terms.get(index).aggregate(), stateIndices[index], group);
    }

    /** Rows a second, or the sum of a metric; none where no row carries it. */
    private double rate(final int metric, final int group) {
        if (metric == ROWS) {
            return table.rowCount(group) / seconds(group);
        }
        return table.valueCount(metric, group) == 0 ? Double.NaN : table.sumOver(seconds(group), metric, group);
    }

    private double rest(final Aggregate aggregate, final int metric, final int group) {
        return aggregate == Aggregate.SUM && metric != ROWS ? table.sumRest(metric, group) : 0;
    }

    /** Length of the part of the group's bucket that lies in the range. */
    private double seconds(final int group) {
        final long bucketUs = table.bucketUs(group);
        final long fromUs = plan.intervalUs() == 0 ? startTimeUs : Math.max(startTimeUs, bucketUs);
        final long toUs = plan.intervalUs() == 0 ? plan.endTimeUs() : Math.min(plan.endTimeUs(), bucketUs + plan.intervalUs());
        // as doubles: a range may be longer than a long holds
        return ((double) toUs - fromUs) / MICROS_PER_SECOND;
    }
}
