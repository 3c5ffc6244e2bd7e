package io.truenow.query.plan;

/**
 * Which states of a metric a query needs besides count and sum, which it always gets.
 *
 * @param extremes least and greatest value.
 * @param moments  squared deviations from the mean.
 */
public record MetricWish(boolean extremes, boolean moments) {
    static MetricWish of(final Aggregate aggregate) {
        return new MetricWish(aggregate == Aggregate.MIN || aggregate == Aggregate.MAX, aggregate.needsMoments());
    }

    MetricWish or(final MetricWish other) {
        return new MetricWish(extremes || other.extremes, moments || other.moments);
    }
}
