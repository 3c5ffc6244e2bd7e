package io.truenow.gateway;

import io.truenow.fabric.config.ByteSize;
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
    private static final int MAX_PORT = 65_535;
    private static final int MAX_REQUEST_QUEUE = 1 << 20;
    private static final long MAX_BODY_BYTES = 256L << 20;
    private static final long MIN_BLOCK_BYTES = 64L << 20;
    private static final long MAX_BLOCK_BYTES = 1L << 30;
    private static final long MAX_CATCH_UP_BYTES = 64L << 20;

    public GatewayConfig {
        require(httpPort >= 0 && httpPort <= MAX_PORT, "http-port: 0 to 65535");
        require(aeronPort >= 0 && aeronPort <= MAX_PORT, "aeron-port: 0 to 65535");
        require(maxBody.bytes() > 0 && maxBody.bytes() <= MAX_BODY_BYTES, "max-body: up to 256MiB");
        require(maxInFlight.bytes() >= maxBody.bytes(), "max-in-flight: at least max-body");
        require(requestQueue > 1 && requestQueue <= MAX_REQUEST_QUEUE && Integer.bitCount(requestQueue) == 1,
            "request-queue: a power of two from 2 to 1048576");
        require(controlTimeout.isPositive(), "control-timeout: more than 0");
        require(appliedTimeout.isPositive(), "applied-timeout: more than 0");
        require(journalBudget.bytes() >= IngestRequest.MAX_BYTES, "journal-budget: at least " + IngestRequest.MAX_BYTES);
        require(journalReserve.bytes() >= MIN_BLOCK_BYTES, "journal-reserve: at least 64MiB");
        require(journalBlock.bytes() >= MIN_BLOCK_BYTES && journalBlock.bytes() <= MAX_BLOCK_BYTES
            && Long.bitCount(journalBlock.bytes()) == 1, "journal-block: a power of two from 64MiB to 1GiB");
        require(!journalRetention.isNegative(), "journal-retention: not negative");
        require(!clockLeapAfter.isNegative(), "clock-leap-after: not negative");
        require(catchUp.bytes() > 0 && catchUp.bytes() <= MAX_CATCH_UP_BYTES, "catch-up: up to 64MiB");
        require(connectInterval.compareTo(Duration.ofMillis(10)) >= 0, "connect-interval: at least 10ms");
        require(lease.compareTo(Duration.ofSeconds(1)) >= 0, "lease: at least 1s");
    }

    private static void require(final boolean holds, final String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
