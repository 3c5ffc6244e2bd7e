package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What a lane counts; written by the lane.
 *
 * @param rowsApplied      new rows made visible, rows fed again after a restart included.
 * @param rowsRepeated     rows whose id was there.
 * @param rowsRepeatedOtherTime those of them whose event was there with another time; see {@link BatchApplier#rowsRepeatedWithOtherTime}.
 * @param rowsExpired      rows older than what is kept.
 * @param batchesApplied   batches applied.
 * @param batchesRepeated  batches at or below the vector.
 * @param gaps             batches ahead of the vector.
 * @param epochRefusals    batches of another epoch, or of a shard that is not the lane's.
 * @param invalidMessages  messages that are not what they claim to be.
 * @param roomRefusals     times that a batch had to wait for memory.
 * @param resumes          Resume messages sent.
 */
public record LaneCounters(
    AtomicCounter rowsApplied,
    AtomicCounter rowsRepeated,
    AtomicCounter rowsRepeatedOtherTime,
    AtomicCounter rowsExpired,
    AtomicCounter batchesApplied,
    AtomicCounter batchesRepeated,
    AtomicCounter gaps,
    AtomicCounter epochRefusals,
    AtomicCounter invalidMessages,
    AtomicCounter roomRefusals,
    AtomicCounter resumes) {

    /** Registers a lane's counters. */
    public static LaneCounters register(final Metrics metrics, final int lane) {
        final String name = Integer.toString(lane);
        return new LaneCounters(
            metrics.counter("truenow_hot_tier_rows_applied_total", "New rows made visible", "lane", name),
            metrics.counter("truenow_hot_tier_rows_repeated_total", "Rows dropped because their event was there", "lane", name),
            metrics.counter("truenow_hot_tier_rows_repeated_other_time_total",
                "Rows dropped because their event was there, with another time as far as is known", "lane", name),
            metrics.counter("truenow_hot_tier_rows_expired_total", "Rows dropped because they were older than what is kept", "lane", name),
            metrics.counter("truenow_hot_tier_batches_applied_total", "Batches applied", "lane", name),
            metrics.counter("truenow_hot_tier_batches_repeated_total", "Batches ignored because they were applied before", "lane", name),
            metrics.counter("truenow_hot_tier_gaps_total", "Batches dropped because one before them was missing", "lane", name),
            metrics.counter("truenow_hot_tier_epoch_refusals_total", "Batches dropped because of their epoch", "lane", name),
            metrics.counter("truenow_hot_tier_invalid_messages_total", "Messages dropped as damaged", "lane", name),
            metrics.counter("truenow_hot_tier_room_refusals_total", "Times that a batch had to wait for memory", "lane", name),
            metrics.counter("truenow_hot_tier_resumes_total", "Resume messages sent", "lane", name));
    }
}
