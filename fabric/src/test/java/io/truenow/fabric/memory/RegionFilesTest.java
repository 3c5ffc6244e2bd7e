package io.truenow.fabric.memory;

import io.truenow.testing.Mounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class RegionFilesTest {
    private static final int REGION_BYTES = 1 << 20;

    private final MemoryAccountant accountant = new MemoryAccountant(8 * REGION_BYTES);
    private final MemoryTag tag = accountant.tag("regions", 4 * REGION_BYTES);

    @TempDir
    private Path directory;

    @AfterEach
    void givesAllBack() {
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void keepsWhatIsWrittenForTheNextProcess() throws IOException {
        final RegionFiles files = open(directory, 8);
        for (int i = 0; i < 3; i++) {
            try (Region region = files.create()) {
                assertEquals(i, region.index());
                assertEquals(0, region.address() % (2 << 20), "huge pages could hold it");
                assertEquals(REGION_BYTES, region.memory().byteSize());
                region.memory().set(ValueLayout.JAVA_INT, REGION_BYTES - 4, 100 + i);
            }
        }
        final RegionFiles again = open(directory, 8);
        assertArrayEquals(new int[]{0, 1, 2}, again.indexes());
        for (int i = 0; i < 3; i++) {
            try (Region region = again.map(i)) {
                assertEquals(100 + i, region.memory().get(ValueLayout.JAVA_INT, REGION_BYTES - 4));
            }
        }
    }

    @Test
    void takesTheLowestFreeNumber() throws IOException {
        final RegionFiles files = open(directory, 3);
        final Region first = files.create();
        final Region second = files.create();
        final Region third = files.create();
        assertNull(files.create(), "all numbers are taken");
        files.delete(second);
        assertFalse(Files.exists(directory.resolve("region-001.mem")));
        final Region again = files.create();
        assertEquals(1, again.index());
        for (final Region region : List.of(first, again, third)) {
            files.delete(region);
        }
        assertArrayEquals(new int[0], open(directory, 3).indexes());
    }

    @Test
    void reservesFirst() throws IOException {
        final RegionFiles files = open(directory, 8);
        assertTrue(tag.tryReserve(3 * REGION_BYTES));
        final Region region = files.create();
        assertNull(files.create());
        assertArrayEquals(new int[]{0}, files.indexes());
        region.close();
        tag.release(3 * REGION_BYTES);
        files.deleteAll();
        assertArrayEquals(new int[0], files.indexes());
    }

    @Test
    void passesTheLimitForWhatIsThereAndWhereItMust() throws IOException {
        final RegionFiles files = open(directory, 2);
        files.create().close();
        assertTrue(tag.tryReserve(4 * REGION_BYTES));
        try (Region there = files.map(0); Region made = files.createBeyondLimit()) {
            assertEquals(0, there.index());
            assertEquals(1, made.index());
            assertEquals(6 * REGION_BYTES, tag.usedBytes());
            assertNull(files.createBeyondLimit());
        }
        assertEquals(4 * REGION_BYTES, tag.usedBytes());
        tag.release(4 * REGION_BYTES);
    }

    @Test
    void refusesWhatIsNotARegion() throws IOException {
        Files.write(directory.resolve("region-000.mem"), new byte[100]);
        Files.write(directory.resolve("region-001.new"), new byte[100]);
        Files.writeString(directory.resolve("other"), "stays", StandardCharsets.US_ASCII);
        open(directory, 8).create().close();
        final RegionFiles files = open(directory, 1);
        assertFalse(Files.exists(directory.resolve("region-001.new")));
        assertArrayEquals(new int[]{0, 1}, files.indexes());
        assertTrue(assertThrows(IOException.class, () -> files.map(0)).getMessage().endsWith(" has 100 bytes, not " + REGION_BYTES));
        assertTrue(assertThrows(IOException.class, () -> files.map(1)).getMessage().contains("one region too many"));
        assertThrows(IOException.class, () -> files.map(0));
        files.deleteAll();
        assertTrue(Files.exists(directory.resolve("other")));
    }

    @Test
    void fullMemoryIsAnErrorAtOnceAndNeverASignalLater() throws Exception {
        Mounts.tmpfs(directory, "3m");
        try {
            final RegionFiles files = open(directory.resolve("lane-0"), 8);
            final List<Region> regions = new ArrayList<>();
            final String refusal = assertThrows(IOException.class, () -> {
                while (regions.size() < 8) {
                    final Region region = files.create();
                    assertNotNull(region);
                    regions.add(region);
                }
            }).getMessage();
            assertTrue(refusal.startsWith("no space left for a region in " + directory), refusal);
            assertEquals((long) regions.size() * REGION_BYTES, tag.usedBytes());
            assertTrue(regions.size() >= 2);
            for (final Region region : regions) {
                region.memory().fill((byte) 0xFF);
            }
            files.delete(regions.removeLast());
            regions.add(files.create());
            regions.forEach(Region::close);
        } finally {
            Mounts.remove(directory);
        }
    }

    private RegionFiles open(final Path where, final int maxRegions) throws IOException {
        return RegionFiles.open(where, tag, REGION_BYTES, maxRegions, RegionPolicy.PLAIN);
    }
}
