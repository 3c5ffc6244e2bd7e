package io.truenow.fabric.http.limits;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.config.Require;

import java.time.Duration;

/**
 * Section {@code http} of the configuration: what clients of every HTTP port may take. Each key is explained in {@code truenow/http.yaml}.
 *
 * @param maxConnections      of one port.
 * @param reservedConnections of one port beyond {@code maxConnections}, for health and metrics only.
 * @param maxInFlight         bytes held for clients of a port that has no key of its own.
 * @param roomTimeout         how long a request waits for room among them.
 * @param headerTimeout       for a whole header.
 * @param bodyTimeout         in which a body gains {@code minProgress} or ends.
 * @param replyTimeout        in which a client reads {@code minProgress} of what is written to it, or all.
 * @param minProgress         bytes.
 * @param idleTimeout         of a connection without a request.
 */
public record HttpLimits(
    int maxConnections,
    int reservedConnections,
    ByteSize maxInFlight,
    Duration roomTimeout,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration replyTimeout,
    ByteSize minProgress,
    Duration idleTimeout) {
    private static final int MOST_CONNECTIONS = 1_000_000;
    private static final int MONITORING_CONNECTIONS = 64;
    private static final int MOST_RESERVED = 1_000;
    private static final long LEAST_IN_FLIGHT = 64L << 10;
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofHours(24);

    /** What {@code truenow/http.yaml} says. */
    public static final HttpLimits DEFAULTS = new HttpLimits(
        4_096, 16, new ByteSize(32L << 20), Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30),
        new ByteSize(64L << 10), Duration.ofSeconds(75));

    public HttpLimits {
        Require.that(maxConnections >= 1 && maxConnections <= MOST_CONNECTIONS, "max-connections", "1 to " + MOST_CONNECTIONS);
        Require.that(reservedConnections >= 1 && reservedConnections <= MOST_RESERVED, "reserved-connections", "1 to " + MOST_RESERVED);
        Require.that(maxInFlight.bytes() >= LEAST_IN_FLIGHT, "max-in-flight", "at least " + new ByteSize(LEAST_IN_FLIGHT));
        Require.that(minProgress.bytes() >= 1, "min-progress", "at least 1B");
        Require.between(SHORTEST, roomTimeout, LONGEST, "room-timeout");
        Require.between(SHORTEST, headerTimeout, LONGEST, "header-timeout");
        Require.between(SHORTEST, bodyTimeout, LONGEST, "body-timeout");
        Require.between(SHORTEST, replyTimeout, LONGEST, "reply-timeout");
        Require.between(SHORTEST, idleTimeout, LONGEST, "idle-timeout");
    }

    /** The same with other limits of connections, as few file descriptors force. */
    public HttpLimits withConnections(final int most, final int reserved) {
        return new HttpLimits(most, reserved, maxInFlight, roomTimeout, headerTimeout, bodyTimeout, replyTimeout, minProgress,
            idleTimeout);
    }

    /** The same for a port that answers nothing but health, status and metrics. */
    public HttpLimits forMonitoring() {
        return withConnections(Math.min(maxConnections, MONITORING_CONNECTIONS), reservedConnections);
    }
}
