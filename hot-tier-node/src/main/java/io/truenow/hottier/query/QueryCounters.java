package io.truenow.hottier.query;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What a query agent counts; written by it.
 *
 * @param queries         taken up.
 * @param refusals        answered with a status other than OK.
 * @param abandoned       given up, since their query node cannot be reached or cancelled them.
 * @param rowsScanned     looked at.
 * @param nanoseconds     from arrival to the last part sent, over all answered.
 * @param invalidMessages that are not what they claim to be.
 */
public record QueryCounters(
    AtomicCounter queries,
    AtomicCounter refusals,
    AtomicCounter abandoned,
    AtomicCounter rowsScanned,
    AtomicCounter nanoseconds,
    AtomicCounter invalidMessages) {

    /** Registers a query agent's counters. */
    public static QueryCounters register(final Metrics metrics, final int lane) {
        final String name = Integer.toString(lane);
        return new QueryCounters(
            metrics.counter("truenow_hot_tier_queries_total", "Queries taken up", "lane", name),
            metrics.counter("truenow_hot_tier_query_refusals_total", "Queries answered with another status than OK", "lane", name),
            metrics.counter("truenow_hot_tier_queries_abandoned_total", "Queries cancelled, or whose node is away", "lane", name),
            metrics.counter("truenow_hot_tier_rows_scanned_total", "Rows that queries looked at", "lane", name),
            metrics.counter("truenow_hot_tier_query_nanoseconds_total", "Time from arrival to answer over all queries", "lane", name),
            metrics.counter("truenow_hot_tier_invalid_queries_total", "Messages dropped as damaged", "lane", name));
    }
}
