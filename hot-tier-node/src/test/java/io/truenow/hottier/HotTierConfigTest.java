package io.truenow.hottier;

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
    }

    @Test
    void refusesWhatCannotBe() {
        assertRefused("huge-pages=maybe", "hot-tier.huge-pages");
        assertRefused("numa-node=64", "numa-node: 0 to 63, or -1 for any");
        assertRefused("numa-node=-2", "numa-node: 0 to 63, or -1 for any");
        assertRefused("lane-cpus=0,0", "lane-cpus: each processor once");
        assertRefused("query-cpus=-1", "query-cpus: numbers of processors, 0 to 1023");
        assertRefused("query-cpus=one", "hot-tier.query-cpus");
        assertRefused("region-size=3MiB", "region-size: a power of two from 1MiB to 1GiB");
        final ConfigException small = assertThrows(ConfigException.class, () -> load("huge-pages=require", "region-size=1MiB"));
        assertTrue(small.getMessage().contains("huge-pages: require needs a region-size of 2MiB or more"), small.getMessage());
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
