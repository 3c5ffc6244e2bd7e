package io.truenow.query.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a query computes of each group. The lists that it derives are in the order in which lanes are asked and answer.
 *
 * @param aggregate what {@code value} is.
 * @param metric    what {@code value}, {@code count}, {@code sum}, .. speak of; null: rows are counted.
 * @param terms     further aggregates, by distinct names.
 */
public record Selection(Aggregate aggregate, String metric, List<AggregateTerm> terms) {
    public Selection {
        terms = List.copyOf(terms);
    }

    /** Rows are counted, nothing else. */
    public static Selection count() {
        return new Selection(Aggregate.COUNT, null, List.of());
    }

    /** One aggregate of one metric. */
    public static Selection of(final Aggregate aggregate, final String metric) {
        return new Selection(aggregate, metric, List.of());
    }

    /** Metrics to aggregate, and which of their states; {@link #metric}, whose rows tell min and max, is the first where there is one. */
    public Map<String, MetricWish> metrics() {
        final Map<String, MetricWish> metrics = new LinkedHashMap<>();
        if (metric != null) {
            metrics.put(metric, new MetricWish(true, aggregate.needsMoments()));
        }
        for (final AggregateTerm term : terms) {
            if (term.column() != null && !term.aggregate().isSketch()) {
                metrics.merge(term.column(), MetricWish.of(term.aggregate()), MetricWish::or);
            }
        }
        return metrics;
    }

    /** Sketches to ask for, each once. */
    public List<SketchTerm> sketches() {
        final List<SketchTerm> sketches = new ArrayList<>();
        for (final AggregateTerm term : terms) {
            if (term.aggregate().isSketch() && !sketches.contains(term.sketch())) {
                sketches.add(term.sketch());
            }
        }
        return sketches;
    }

    /** Where a term's metric or sketch stands in {@link #metrics} or {@link #sketches}; -1: it counts rows. */
    public int stateIndex(final AggregateTerm term) {
        return term.aggregate().isSketch() ? sketches().indexOf(term.sketch())
            : term.column() == null ? -1 : List.copyOf(metrics().keySet()).indexOf(term.column());
    }
}
