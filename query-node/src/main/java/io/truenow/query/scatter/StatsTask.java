package io.truenow.query.scatter;

/**
 * A question for the lanes' statistics.
 *
 * @param reply where they go.
 */
record StatsTask(StatsReply reply) implements ScatterCommand {
}
