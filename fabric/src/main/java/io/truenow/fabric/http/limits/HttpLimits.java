package io.truenow.fabric.http.limits;

import io.truenow.fabric.config.ByteSize;

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
        require(maxConnections >= 1 && maxConnections <= MOST_CONNECTIONS, "http.max-connections must be from 1 to 1000000");
        require(reservedConnections >= 1 && reservedConnections <= MOST_RESERVED, "http.reserved-connections must be from 1 to 1000");
        require(maxInFlight.bytes() >= LEAST_IN_FLIGHT, "http.max-in-flight must be at least 64KiB");
        require(minProgress.bytes() >= 1, "http.min-progress must be at least 1B");
        requireTime(roomTimeout, "room-timeout");
        requireTime(headerTimeout, "header-timeout");
        requireTime(bodyTimeout, "body-timeout");
        requireTime(replyTimeout, "reply-timeout");
        requireTime(idleTimeout, "idle-timeout");
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

    private static void requireTime(final Duration time, final String key) {
        require(time.compareTo(SHORTEST) >= 0 && time.compareTo(LONGEST) <= 0, "http." + key + " must be from 10ms to 24h");
    }

    private static void require(final boolean holds, final String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
