package io.truenow.hottier;

import io.truenow.codecs.StreamIds;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.memory.os.HugePages;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.memory.os.ThreadPinning;
import io.truenow.hottier.cube.CubeLimits;
import io.truenow.hottier.memory.MemorySettings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Section {@code hot-tier} of the configuration; what each key means stands in {@code truenow/hot-tier.yaml}.
 *
 * @param httpPort        0 for any.
 * @param aeronPort       0 for any.
 * @param lanes           1 .. {@link StreamIds#MAX_LANES}.
 * @param memoryBudget    at least three regions a lane.
 * @param regionSize      a power of two, 1 MiB .. 1 GiB.
 * @param regionDirectory null for the default.
 * @param hugePages       asked for or not.
 * @param numaNode        -1 for any.
 * @param laneCpus        processors of lanes, taken in turn; empty for any.
 * @param queryCpus       processors of query agents, likewise.
 * @param cubeMemory      null for a quarter of the memory budget; none without cubes.
 * @param cubeCellCap     1 .. {@link #MAX_CUBE_CELLS}.
 * @param cubeFoldCpu     0 .. 100, hundredths of a query agent's time.
 * @param sealAfter       at most an hour.
 * @param clockLeapAfter  0: a leap of the wall clock is believed at once.
 * @param warmUp          0: none; at most a minute.
 * @param lease           more than a second.
 */
public record HotTierConfig(
    int httpPort,
    int aeronPort,
    int lanes,
    ByteSize memoryBudget,
    ByteSize regionSize,
    Path regionDirectory,
    HugePages hugePages,
    int numaNode,
    List<Integer> laneCpus,
    List<Integer> queryCpus,
    ByteSize cubeMemory,
    int cubeCellCap,
    int cubeFoldCpu,
    Duration sealAfter,
    Duration clockLeapAfter,
    Duration warmUp,
    Duration lease) {
    /** A cube cannot be allowed to have more cells. */
    public static final int MAX_CUBE_CELLS = 1 << 20;
    private static final int ALL_CPU = 100;
    private static final long MIN_REGION_BYTES = 1L << 20;
    private static final long MAX_REGION_BYTES = 1L << 30;
    private static final long HUGE_PAGE_BYTES = 2L << 20;
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
        require(hugePages != HugePages.REQUIRE || regionBytes >= HUGE_PAGE_BYTES,
            "huge-pages: require needs a region-size of 2MiB or more");
        require(numaNode >= MemoryPlacement.ANY_NODE && numaNode < MemoryPlacement.MAX_NODES,
            "numa-node: 0 to " + (MemoryPlacement.MAX_NODES - 1) + ", or -1 for any");
        laneCpus = processors("lane-cpus", laneCpus);
        queryCpus = processors("query-cpus", queryCpus);
        cubeMemory = cubeMemory == null ? new ByteSize(memoryBudget.bytes() / MemorySettings.USUAL_CUBE_PART) : cubeMemory;
        require(cubeMemory.bytes() <= memoryBudget.bytes(), "cube-memory: at most memory-budget, of which it is a part; 0 for no cubes");
        require(cubeCellCap >= 1 && cubeCellCap <= MAX_CUBE_CELLS, "cube-cell-cap: 1 to " + MAX_CUBE_CELLS);
        require(cubeFoldCpu >= 0 && cubeFoldCpu <= ALL_CPU, "cube-fold-cpu: percent, 0 to " + ALL_CPU);
        require(!sealAfter.isNegative() && sealAfter.compareTo(Duration.ofHours(1)) <= 0, "seal-after: 0s to 1h");
        require(!clockLeapAfter.isNegative(), "clock-leap-after: not negative");
        require(!warmUp.isNegative() && warmUp.compareTo(Duration.ofMinutes(1)) <= 0, "warm-up: 0s to 1m");
        require(lease.compareTo(Duration.ofSeconds(1)) >= 0, "lease: at least 1s");
    }

    /** What concerns memory. */
    public MemorySettings memorySettings() {
        return new MemorySettings(
            memoryBudget.bytes(), regionSize.toIntExact(), lanes, regionDirectory, new MemoryPlacement(hugePages, numaNode),
            cubeMemory.bytes());
    }

    /** What cubes of a lane may cost; memory is shared with the other lanes. */
    CubeLimits cubeLimits() {
        return CubeLimits.of(cubeCellCap, cubeMemory.bytes(), cubeFoldCpu);
    }

    private static List<Integer> processors(final String key, final List<Integer> numbers) {
        final List<Integer> checked = numbers == null ? List.of() : List.copyOf(numbers);
        require(checked.stream().allMatch(number -> number >= 0 && number < ThreadPinning.MAX_PROCESSORS),
            key + ": numbers of processors, 0 to " + (ThreadPinning.MAX_PROCESSORS - 1));
        require(checked.size() == checked.stream().distinct().count(), key + ": each processor once");
        return checked;
    }

    private static void require(final boolean holds, final String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
