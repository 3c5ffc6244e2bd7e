package io.truenow.hottier;

import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.memory.os.HugePages;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class HotTierConfigTest {
    @Test
    void hasDefaults() {
        final HotTierConfig config = load();
        assertNull(config.regionDirectory());
        assertEquals(HugePages.TRY, config.hugePages());
        assertEquals(-1, config.numaNode());
        assertEquals(List.of(), config.laneCpus());
        assertEquals(config.memoryBudget().bytes() / 4, config.memorySettings().cubeBytes());
        assertEquals(CubeLimits.of(1 << 16, config.memoryBudget().bytes() / 4, 5), config.cubeLimits());
    }

    @Test
    void takesWhatIsSet() {
        final HotTierConfig config = load("region-directory=/mnt/huge", "huge-pages=off", "numa-node=1", "lane-cpus=0,2", "query-cpus=[1]");
        assertEquals(Path.of("/mnt/huge"), config.memorySettings().regionDirectory());
        assertEquals(HugePages.OFF, config.memorySettings().placement().hugePages());
        assertEquals(1, config.memorySettings().placement().numaNode());
        assertEquals(List.of(0, 2), config.laneCpus());
        assertEquals(List.of(1), config.queryCpus());
        assertEquals(HugePages.REQUIRE, load("huge-pages=require").hugePages());
        assertEquals(CubeLimits.of(1_000, 64 << 20, 0), load("cube-memory=64MiB", "cube-cell-cap=1000", "cube-fold-cpu=0").cubeLimits());
        assertEquals(CubeLimits.none(), load("cube-memory=0").cubeLimits());
    }

    @Test
    void refusesWhatCannotBe() {
        assertRefused("huge-pages=maybe", "hot-tier.huge-pages");
        assertRefused("numa-node=64", "invalid value 64 of hot-tier.numa-node in the command line: must be 0 to 63, or -1 for any");
        assertRefused("numa-node=-2", "hot-tier.numa-node in the command line: must be 0 to 63, or -1 for any");
        assertRefused("lane-cpus=0,0",
            "invalid value [\"0\",\"0\"] of hot-tier.lane-cpus in the command line: must be processors that differ");
        assertRefused("query-cpus=-1", "hot-tier.query-cpus in the command line: must be numbers of processors, 0 to 1023");
        assertRefused("query-cpus=one",
            "hot-tier.query-cpus in the command line: must be a list of whole numbers such as [2, 3]");
        assertRefused("cube-memory=5GiB", "of hot-tier.cube-memory in the command line: must be at most hot-tier.memory-budget, 4GiB");
        assertRefused("cube-memory=much", "hot-tier.cube-memory");
        assertRefused("cube-cell-cap=0", "hot-tier.cube-cell-cap in the command line: must be 1 to 1048576");
        assertRefused("cube-cell-cap=1048577", "hot-tier.cube-cell-cap in the command line: must be 1 to 1048576");
        assertRefused("cube-fold-cpu=101", "hot-tier.cube-fold-cpu in the command line: must be percent, 0 to 100");
        assertRefused("region-size=3MiB", "hot-tier.region-size in the command line: must be a power of two from 1MiB to 1GiB");
        final ConfigException small = assertThrows(ConfigException.class, () -> load("huge-pages=require", "region-size=1MiB"));
        assertEquals("invalid value require of hot-tier.huge-pages in the command line: "
            + "must be off or try with a hot-tier.region-size below 2MiB", small.getMessage());
    }

    private static void assertRefused(final String assignment, final String reason) {
        final String message = assertThrows(ConfigException.class, () -> load(assignment)).getMessage();
        assertTrue(message.contains(reason), message);
    }

    private static HotTierConfig load(final String... assignments) {
        final ConfigLoader.Builder builder = ConfigLoader.ofSections("hot-tier");
        for (final String assignment : assignments) {
            builder.set("hot-tier." + assignment);
        }
        return builder.load().bind("hot-tier", HotTierConfig.class);
    }
}
