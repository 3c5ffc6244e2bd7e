package io.truenow.query.plan;

/**
 * A sketch that lanes are asked for.
 *
 * @param aggregate {@link Aggregate#QUANTILE}, {@link Aggregate#DISTINCT} or {@link Aggregate#TOP}.
 * @param column    metric or dimension.
 * @param k         most values listed, for {@link Aggregate#TOP}.
 */
public record SketchTerm(Aggregate aggregate, String column, int k) {
}
