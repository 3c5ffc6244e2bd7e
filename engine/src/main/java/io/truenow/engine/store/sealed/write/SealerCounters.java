package io.truenow.engine.store.sealed.write;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What the sealer agent counts; written by it.
 *
 * @param filesWritten  segment files written and mapped.
 * @param rowsWritten   their rows.
 * @param bytesWritten  their bytes.
 * @param filesDeleted  segment files deleted.
 * @param failures      tasks that were not done.
 * @param stateFailures times that what lanes keep of their shards could not be written.
 * @param busyNs        time in tasks.
 */
public record SealerCounters(
    AtomicCounter filesWritten, AtomicCounter rowsWritten, AtomicCounter bytesWritten, AtomicCounter filesDeleted, AtomicCounter failures,
    AtomicCounter stateFailures, AtomicCounter busyNs) {

    /** Registers a node's counters. */
    public static SealerCounters register(final Metrics metrics) {
        return new SealerCounters(
            metrics.counter("truenow_hot_tier_sealer_files_written_total", "Segment files written"),
            metrics.counter("truenow_hot_tier_sealer_rows_written_total", "Rows in segment files written"),
            metrics.counter("truenow_hot_tier_sealer_bytes_written_total", "Bytes of segment files written"),
            metrics.counter("truenow_hot_tier_sealer_files_deleted_total", "Segment files deleted"),
            metrics.counter("truenow_hot_tier_sealer_failures_total", "Tasks of the sealer agent that were not done"),
            metrics.counter("truenow_hot_tier_state_file_failures_total", "Times that a lane's state file could not be written"),
            metrics.counter("truenow_hot_tier_sealer_busy_nanoseconds_total", "Time that the sealer agent spent on tasks"));
    }
}
