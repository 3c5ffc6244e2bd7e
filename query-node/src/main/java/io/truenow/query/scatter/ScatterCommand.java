package io.truenow.query.scatter;

/** What other threads ask of the scatter agent. */
sealed interface ScatterCommand permits QueryTask, StatsTask {
}
