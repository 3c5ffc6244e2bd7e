package io.truenow.query;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.config.Require;

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
    private static final int MAX_CONCURRENT = 100_000;
    private static final Duration LEAST_DURATION = Duration.ofMillis(1);
    private static final Duration MAX_DURATION = Duration.ofHours(1);

    public QueryConfig {
        Require.port(httpPort, "http-port");
        Require.port(aeronPort, "aeron-port");
        requireDuration(lease, "lease");
        requireDuration(defaultTimeout, "default-timeout");
        requireDuration(maxTimeout, "max-timeout");
        requireDuration(retryWindow, "retry-window");
        requireDuration(statsTimeout, "stats-timeout");
        Require.that(defaultTimeout.compareTo(maxTimeout) <= 0, "default-timeout", "at most query.max-timeout");
        Require.that(maxConcurrent > 0 && maxConcurrent <= MAX_CONCURRENT, "max-concurrent", "1 to " + MAX_CONCURRENT);
        requireInt(maxBody, "max-body");
        requireInt(maxAnswer, "max-answer");
        Require.that(maxInFlight.bytes() > maxAnswer.bytes(), "max-in-flight", "greater than query.max-answer, which is " + maxAnswer);
        Require.that(mergeMemoryPerQuery.bytes() <= mergeMemory.bytes(), "merge-memory-per-query",
            "at most query.merge-memory, which is " + mergeMemory);
    }

    private static void requireDuration(final Duration duration, final String key) {
        Require.between(LEAST_DURATION, duration, MAX_DURATION, key);
    }

    private static void requireInt(final ByteSize size, final String key) {
        Require.that(size.bytes() > 0 && size.bytes() < Integer.MAX_VALUE, key, "greater than 0 and less than 2GiB");
    }
}
