package io.truenow.query.scatter;

/**
 * Bounds of the scatter agent.
 *
 * @param incarnation    of this query node; makes correlation ids unlike those of earlier starts.
 * @param maxConcurrent  queries at a time.
 * @param retryWindowNs  for how long a query asks lanes again that cannot answer now.
 * @param statsTimeoutNs for how long lanes are waited for with their statistics.
 * @param maxAnswerBytes of one answer.
 */
public record ScatterSettings(long incarnation, int maxConcurrent, long retryWindowNs, long statsTimeoutNs, long maxAnswerBytes) {
}
