package io.truenow.query.merge;

import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.LogicalPlan;

import java.util.List;

/**
 * What each row of an answer has, beside its time, the number of its events, and the sum, mean, least and greatest of the metric.
 *
 * @param dimensions names, in the order of the request.
 * @param value      what the row's value is.
 * @param terms      further aggregates.
 */
public record ResultSchema(List<String> dimensions, Aggregate value, List<AggregateTerm> terms) {
    static ResultSchema of(final LogicalPlan plan) {
        return new ResultSchema(plan.groupBy(), plan.selection().aggregate(), plan.selection().terms());
    }

    /** Whether an aggregate's whole numbers are exact beyond what a double holds: with their rest ({@link ResultRows#valueRest}). */
    public static boolean isExact(final Aggregate aggregate) {
        return aggregate == Aggregate.SUM || aggregate == Aggregate.MIN || aggregate == Aggregate.MAX;
    }
}
