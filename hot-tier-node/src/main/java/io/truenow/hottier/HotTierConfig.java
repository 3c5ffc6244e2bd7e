package io.truenow.hottier;

import io.truenow.codecs.StreamIds;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.memory.MemorySettings;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.config.Require;
import io.truenow.fabric.memory.os.HugePages;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.memory.os.ThreadPinning;

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

    public HotTierConfig {
        Require.port(httpPort, "http-port");
        Require.port(aeronPort, "aeron-port");
        Require.that(lanes >= 1 && lanes <= StreamIds.MAX_LANES, "lanes", "1 to " + StreamIds.MAX_LANES);
        final long regionBytes = regionSize.bytes();
        Require.that(Long.bitCount(regionBytes) == 1 && regionBytes >= MIN_REGION_BYTES && regionBytes <= MAX_REGION_BYTES,
            "region-size", "a power of two from " + new ByteSize(MIN_REGION_BYTES) + " to " + new ByteSize(MAX_REGION_BYTES));
        final long leastBudgetBytes = regionBytes * MemorySettings.MIN_REGIONS_PER_LANE * lanes;
        Require.that(memoryBudget.bytes() >= leastBudgetBytes, "memory-budget",
            "at least " + new ByteSize(leastBudgetBytes) + ", three times hot-tier.region-size for each lane");
        Require.that(hugePages != HugePages.REQUIRE || regionBytes >= HUGE_PAGE_BYTES,
            "huge-pages", "off or try with a hot-tier.region-size below " + new ByteSize(HUGE_PAGE_BYTES));
        Require.that(numaNode >= MemoryPlacement.ANY_NODE && numaNode < MemoryPlacement.MAX_NODES,
            "numa-node", "0 to " + (MemoryPlacement.MAX_NODES - 1) + ", or -1 for any");
        laneCpus = processors("lane-cpus", laneCpus);
        queryCpus = processors("query-cpus", queryCpus);
        cubeMemory = cubeMemory == null ? new ByteSize(memoryBudget.bytes() / MemorySettings.USUAL_CUBE_PART) : cubeMemory;
        Require.that(cubeMemory.bytes() <= memoryBudget.bytes(), "cube-memory",
            "at most hot-tier.memory-budget, " + memoryBudget + ", of which it is a part; 0 for no cubes");
        Require.that(cubeCellCap >= 1 && cubeCellCap <= MAX_CUBE_CELLS, "cube-cell-cap", "1 to " + MAX_CUBE_CELLS);
        Require.that(cubeFoldCpu >= 0 && cubeFoldCpu <= ALL_CPU, "cube-fold-cpu", "percent, 0 to " + ALL_CPU);
        Require.between(Duration.ZERO, sealAfter, Duration.ofHours(1), "seal-after");
        Require.between(Duration.ZERO, clockLeapAfter, Duration.ofDays(3_650), "clock-leap-after");
        Require.between(Duration.ZERO, warmUp, Duration.ofMinutes(1), "warm-up");
        Require.between(Duration.ofSeconds(1), lease, Duration.ofHours(1), "lease");
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
        Require.that(checked.stream().allMatch(number -> number >= 0 && number < ThreadPinning.MAX_PROCESSORS),
            key, "numbers of processors, 0 to " + (ThreadPinning.MAX_PROCESSORS - 1));
        Require.that(checked.size() == checked.stream().distinct().count(), key, "processors that differ");
        return checked;
    }
}
