package io.truenow.query.plan;

/**
 * One named aggregate of a query.
 *
 * @param name      member of the answer's {@code aggregates}.
 * @param aggregate what is computed.
 * @param column    metric, or dimension for {@link Aggregate#DISTINCT} and {@link Aggregate#TOP}; null: rows are counted.
 * @param rank      0 .. 1 for {@link Aggregate#QUANTILE}, else 0.
 * @param k         most values listed by {@link Aggregate#TOP}, else 0.
 */
public record AggregateTerm(String name, Aggregate aggregate, String column, double rank, int k) {
    /** An aggregate without parameters. */
    public static AggregateTerm of(final String name, final Aggregate aggregate, final String column) {
        return new AggregateTerm(name, aggregate, column, 0, 0);
    }

    /** The sketch that it is read from, or null. Several quantiles of a metric share one. */
    public SketchTerm sketch() {
        return aggregate.isSketch() ? new SketchTerm(aggregate, column, k) : null;
    }
}
