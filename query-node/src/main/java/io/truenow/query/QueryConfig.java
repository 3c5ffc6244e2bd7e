package io.truenow.query;

import io.truenow.fabric.config.ByteSize;

import java.time.Duration;

/**
 * The section {@code query}; every key is described in {@code truenow/query.yaml}.
 */
public record QueryConfig(
    int httpPort,
    int aeronPort,
    Duration lease,
    Duration defaultTimeout,
    Duration maxTimeout,
    Duration retryWindow,
    Duration statsTimeout,
    int maxConcurrent,
    ByteSize maxBody,
    ByteSize maxAnswer,
    ByteSize maxInFlight,
    ByteSize mergeMemory,
    ByteSize mergeMemoryPerQuery) {
    private static final int MAX_PORT = 65_535;
    private static final int MAX_CONCURRENT = 100_000;
    private static final Duration MAX_DURATION = Duration.ofHours(1);

    public QueryConfig {
        require(httpPort >= 0 && httpPort <= MAX_PORT, "http-port must be from 0 to 65535");
        require(aeronPort >= 0 && aeronPort <= MAX_PORT, "aeron-port must be from 0 to 65535");
        requirePositive(lease, "lease");
        requirePositive(defaultTimeout, "default-timeout");
        requirePositive(maxTimeout, "max-timeout");
        requirePositive(retryWindow, "retry-window");
        requirePositive(statsTimeout, "stats-timeout");
        require(defaultTimeout.compareTo(maxTimeout) <= 0, "default-timeout must not be longer than max-timeout");
        require(maxConcurrent > 0 && maxConcurrent <= MAX_CONCURRENT, "max-concurrent must be from 1 to 100000");
        requireInt(maxBody, "max-body");
        requireInt(maxAnswer, "max-answer");
        require(maxInFlight.bytes() > maxAnswer.bytes(), "max-in-flight must be greater than max-answer");
        require(mergeMemoryPerQuery.bytes() <= mergeMemory.bytes(), "merge-memory-per-query must not be greater than merge-memory");
    }

    private static void requirePositive(final Duration duration, final String key) {
        require(duration.toMillis() > 0 && duration.compareTo(MAX_DURATION) <= 0, key + " must be from 1ms to 1h");
    }

    private static void requireInt(final ByteSize size, final String key) {
        require(size.bytes() > 0 && size.bytes() < Integer.MAX_VALUE, key + " must be greater than 0 and less than 2GiB");
    }

    private static void require(final boolean condition, final String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
