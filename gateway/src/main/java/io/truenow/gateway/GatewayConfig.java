package io.truenow.gateway;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.config.Require;
import io.truenow.gateway.journal.IngestRequest;

import java.time.Duration;

/**
 * Section {@code gateway} of the configuration; what each key means stands in {@code truenow/gateway.yaml}.
 *
 * @param requestQueue    a power of two.
 * @param journalBudget   at least a roll file's worth.
 * @param journalBlock    a power of two that holds four of the largest documents.
 * @param connectInterval 10 ms or more.
 * @param lease           a second or more.
 */
public record GatewayConfig(
    int httpPort,
    int aeronPort,
    ByteSize maxBody,
    ByteSize maxInFlight,
    int requestQueue,
    Duration controlTimeout,
    Duration appliedTimeout,
    ByteSize journalBudget,
    ByteSize journalReserve,
    ByteSize journalBlock,
    Duration journalRetention,
    Duration clockLeapAfter,
    ByteSize catchUp,
    Duration connectInterval,
    Duration lease) {
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(1);
    private static final Duration MOST_TIMEOUT = Duration.ofHours(1);
    private static final Duration MOST_RETENTION = Duration.ofDays(3_650);
    private static final int MAX_REQUEST_QUEUE = 1 << 20;
    private static final long MAX_BODY_BYTES = 256L << 20;
    private static final long MIN_BLOCK_BYTES = 64L << 20;
    private static final long MAX_BLOCK_BYTES = 1L << 30;
    private static final long MAX_CATCH_UP_BYTES = 64L << 20;

    public GatewayConfig {
        Require.port(httpPort, "http-port");
        Require.port(aeronPort, "aeron-port");
        Require.that(maxBody.bytes() > 0 && maxBody.bytes() <= MAX_BODY_BYTES, "max-body", "1 to " + new ByteSize(MAX_BODY_BYTES));
        Require.that(maxInFlight.bytes() >= maxBody.bytes(), "max-in-flight", "at least gateway.max-body, which is " + maxBody);
        Require.that(requestQueue > 1 && requestQueue <= MAX_REQUEST_QUEUE && Integer.bitCount(requestQueue) == 1,
            "request-queue", "a power of two from 2 to " + MAX_REQUEST_QUEUE);
        Require.between(LEAST_TIMEOUT, controlTimeout, MOST_TIMEOUT, "control-timeout");
        Require.between(LEAST_TIMEOUT, appliedTimeout, MOST_TIMEOUT, "applied-timeout");
        Require.that(journalBudget.bytes() >= IngestRequest.MAX_BYTES, "journal-budget", "at least " + IngestRequest.MAX_BYTES);
        Require.that(journalReserve.bytes() >= MIN_BLOCK_BYTES, "journal-reserve", "at least " + new ByteSize(MIN_BLOCK_BYTES));
        Require.that(journalBlock.bytes() >= MIN_BLOCK_BYTES && journalBlock.bytes() <= MAX_BLOCK_BYTES
            && Long.bitCount(journalBlock.bytes()) == 1, "journal-block",
            "a power of two from " + new ByteSize(MIN_BLOCK_BYTES) + " to " + new ByteSize(MAX_BLOCK_BYTES));
        Require.between(Duration.ZERO, journalRetention, MOST_RETENTION, "journal-retention");
        Require.between(Duration.ZERO, clockLeapAfter, MOST_RETENTION, "clock-leap-after");
        Require.that(catchUp.bytes() > 0 && catchUp.bytes() <= MAX_CATCH_UP_BYTES, "catch-up", "1 to " + new ByteSize(MAX_CATCH_UP_BYTES));
        Require.between(Duration.ofMillis(10), connectInterval, MOST_TIMEOUT, "connect-interval");
        Require.between(Duration.ofSeconds(1), lease, MOST_TIMEOUT, "lease");
    }
}
