package io.truenow.fabric.http.serve;

import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.problem.ProblemCode;

/**
 * What an edge allows its clients.
 *
 * @param limits       of time and connections.
 * @param budget       counts what is held for clients.
 * @param maxBodyBytes of a request.
 * @param roomFactor   what a request takes of the budget for each byte of its body, with what the handler makes of it.
 * @param busyCode     of the 503 that is answered when there is no room.
 */
public record EdgeSettings(HttpLimits limits, ClientBudget budget, int maxBodyBytes, int roomFactor, ProblemCode busyCode) {
}
