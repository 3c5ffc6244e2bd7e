package io.truenow.query.scatter;

import io.truenow.fabric.agent.Doorbell;

/**
 * Bounds of the scatter agent, and how it is called.
 *
 * @param incarnation    of this query node; makes correlation ids unlike those of earlier starts.
 * @param maxConcurrent  queries at a time.
 * @param retryWindowNs  for how long a query asks lanes again that cannot answer now.
 * @param statsTimeoutNs for how long lanes are waited for with their statistics.
 * @param maxAnswerBytes of one answer.
 * @param doorbell       of the agent itself, rung by those who hand it a query.
 */
public record ScatterSettings(
    long incarnation, int maxConcurrent, long retryWindowNs, long statsTimeoutNs, long maxAnswerBytes, Doorbell doorbell) {
}
