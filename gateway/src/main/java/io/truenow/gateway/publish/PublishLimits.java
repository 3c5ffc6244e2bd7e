package io.truenow.gateway.publish;

/**
 * How a destination paces itself.
 *
 * @param connectIntervalNs between Connect messages until a Resume answers.
 * @param catchUpBytes      sent to one lagging destination a duty cycle, about.
 * @param catchUpDocuments  read for one lagging destination a duty cycle.
 */
public record PublishLimits(long connectIntervalNs, int catchUpBytes, int catchUpDocuments) {
}
