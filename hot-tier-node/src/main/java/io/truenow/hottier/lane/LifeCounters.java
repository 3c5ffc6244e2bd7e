package io.truenow.hottier.lane;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What a lane counts of the life of its segments; written by the lane.
 *
 * @param sealTasks    asked of the sealer agent: segments to be written.
 * @param seals        files that took the place of frozen segments.
 * @param amendments   of these, files of late rows, for spans that had a file.
 * @param merges       files that took the place of several.
 * @param sealFailures tasks of all kinds that failed; they are tried again.
 * @param spansDropped spans of shards let go for want of memory, before their time.
 * @param spansExpired spans of shards let go by age.
 */
public record LifeCounters(
    AtomicCounter sealTasks,
    AtomicCounter seals,
    AtomicCounter amendments,
    AtomicCounter merges,
    AtomicCounter sealFailures,
    AtomicCounter spansDropped,
    AtomicCounter spansExpired) {

    /** Registers a lane's counters. */
    public static LifeCounters register(final Metrics metrics, final int lane) {
        final String name = Integer.toString(lane);
        return new LifeCounters(
            metrics.counter("truenow_hot_tier_seal_tasks_total", "Segments given to the sealer agent", "lane", name),
            metrics.counter("truenow_hot_tier_seals_total", "Files that took the place of frozen segments", "lane", name),
            metrics.counter("truenow_hot_tier_amendments_total", "Files of late rows beside a span's first file", "lane", name),
            metrics.counter("truenow_hot_tier_merges_total", "Files that took the place of several", "lane", name),
            metrics.counter("truenow_hot_tier_seal_failures_total", "Tasks of the sealer agent that failed", "lane", name),
            metrics.counter("truenow_hot_tier_spans_dropped_total", "Spans let go for want of memory", "lane", name),
            metrics.counter("truenow_hot_tier_spans_expired_total", "Spans let go by age", "lane", name));
    }
}
