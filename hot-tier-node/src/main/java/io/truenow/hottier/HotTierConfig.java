package io.truenow.hottier;

import io.truenow.codecs.StreamIds;
import io.truenow.fabric.config.ByteSize;
import io.truenow.hottier.memory.MemorySettings;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code hot-tier} of the configuration; what each key means stands in {@code truenow/hot-tier.yaml}.
 *
 * @param httpPort        0 for any.
 * @param aeronPort       0 for any.
 * @param lanes           1 .. {@link StreamIds#MAX_LANES}.
 * @param memoryBudget    at least three regions a lane.
 * @param regionSize      a power of two, 1 MiB .. 1 GiB.
 * @param regionDirectory null for the default.
 * @param lease           more than a second.
 */
public record HotTierConfig(
    int httpPort,
    int aeronPort,
    int lanes,
    ByteSize memoryBudget,
    ByteSize regionSize,
    Path regionDirectory,
    Duration lease) {
    private static final long MIN_REGION_BYTES = 1L << 20;
    private static final long MAX_REGION_BYTES = 1L << 30;
    private static final int MAX_PORT = 65_535;

    public HotTierConfig {
        require(httpPort >= 0 && httpPort <= MAX_PORT, "http-port: 0 to 65535");
        require(aeronPort >= 0 && aeronPort <= MAX_PORT, "aeron-port: 0 to 65535");
        require(lanes >= 1 && lanes <= StreamIds.MAX_LANES, "lanes: 1 to " + StreamIds.MAX_LANES);
        final long regionBytes = regionSize.bytes();
        require(Long.bitCount(regionBytes) == 1 && regionBytes >= MIN_REGION_BYTES && regionBytes <= MAX_REGION_BYTES,
            "region-size: a power of two from 1MiB to 1GiB");
        require(memoryBudget.bytes() >= regionBytes * MemorySettings.MIN_REGIONS_PER_LANE * lanes,
            "memory-budget: at least three regions for each lane");
        require(lease.compareTo(Duration.ofSeconds(1)) >= 0, "lease: at least 1s");
    }

    /** What concerns memory. */
    public MemorySettings memorySettings() {
        return new MemorySettings(memoryBudget.bytes(), regionSize.toIntExact(), lanes, regionDirectory);
    }

    private static void require(final boolean holds, final String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
