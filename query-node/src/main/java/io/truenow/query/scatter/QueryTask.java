package io.truenow.query.scatter;

import io.truenow.query.plan.LogicalPlan;

/**
 * A query on its way to the scatter agent.
 *
 * @param plan      checked.
 * @param arrivedNs {@link io.truenow.fabric.time.ProcessClock#nanoTime} when the request was complete.
 * @param reply     where its answer goes.
 */
public record QueryTask(LogicalPlan plan, long arrivedNs, QueryReply reply) implements ScatterCommand {
}
