package io.truenow.query.scatter;

import io.truenow.fabric.metrics.Metrics;
import io.truenow.query.merge.MergeBudget;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.Locale;

/** What the scatter agent counts. Registered by the launching thread, written by the agent's. */
public final class ScatterMetrics {
    private final AtomicCounter[] outcomes = new AtomicCounter[QueryOutcome.values().length];
    private final AtomicCounter partials;
    private final AtomicCounter strayPartials;
    private final AtomicCounter retries;
    private final AtomicCounter recordsScanned;
    private final LatencySummary latency = new LatencySummary();
    private volatile int running;

    public ScatterMetrics(final Metrics metrics, final MergeBudget budget) {
        for (final QueryOutcome outcome : QueryOutcome.values()) {
            outcomes[outcome.ordinal()] = metrics.counter("truenow_query_queries_total", "Queries by outcome.",
                "outcome", outcome.name().toLowerCase(Locale.ROOT));
        }
        partials = metrics.counter("truenow_query_partial_results_total", "Partial results of lanes.");
        strayPartials = metrics.counter("truenow_query_stray_partial_results_total", "Partial results that nobody waits for any more.");
        retries = metrics.counter("truenow_query_retries_total", "Lanes asked again: moved, catching up, away.");
        recordsScanned = metrics.counter("truenow_query_records_scanned_total", "Rows that lanes looked at.");
        metrics.gauge("truenow_query_running", "Queries being answered.", () -> running);
        metrics.gauge("truenow_query_merge_bytes", "Memory of all merges.", budget::usedBytes);
        for (final double quantile : LatencySummary.QUANTILES) {
            metrics.gauge("truenow_query_latency_seconds", "Answered queries of the last ten seconds, from arrival to answer.",
                () -> latency.seconds(quantile), "quantile", Double.toString(quantile));
        }
    }

    void onEnd(final QueryOutcome outcome, final long durationNs, final long scanned) {
        outcomes[outcome.ordinal()].increment();
        recordsScanned.getAndAdd(scanned);
        if (outcome == QueryOutcome.ANSWERED) {
            latency.record(durationNs);
        }
    }

    void onPartial() {
        partials.increment();
    }

    void onStrayPartial() {
        strayPartials.increment();
    }

    void onRetry() {
        retries.increment();
    }

    void onDutyCycle(final long nowNs, final int runningQueries) {
        if (running != runningQueries) {
            running = runningQueries;
        }
        latency.rotate(nowNs);
    }
}
