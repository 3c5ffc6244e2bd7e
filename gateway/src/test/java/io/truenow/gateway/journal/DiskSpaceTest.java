package io.truenow.gateway.journal;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Room is lost by taking the directory away. */
class DiskSpaceTest {
    private static final long INTERVAL_NS = 100_000_000L;

    @TempDir
    Path parent;

    @Test
    void looksAtOnceThenNowAndThen() throws IOException {
        final Path directory = Files.createDirectory(parent.resolve("journal"));
        final DiskSpace space = new DiskSpace(directory, 4_000_000);
        final long startNs = Long.MAX_VALUE - INTERVAL_NS / 2; // the clock may begin anywhere
        assertTrue(space.admits(1, startNs));
        Files.delete(directory);
        assertTrue(space.admits(1, startNs + INTERVAL_NS - 1), "not looked at again");
        assertFalse(space.admits(1, startNs + INTERVAL_NS));
        Files.createDirectory(directory);
        assertFalse(space.admits(1, startNs + 2 * INTERVAL_NS - 1));
        assertTrue(space.admits(1, startNs + 2 * INTERVAL_NS));
    }

    @Test
    void looksBeforeTheReserveCanBeUsedUp() throws IOException {
        final Path directory = Files.createDirectory(parent.resolve("journal"));
        final DiskSpace space = new DiskSpace(directory, 4_000_000);
        assertTrue(space.admits(400_000, 0));
        Files.delete(directory);
        assertTrue(space.admits(599_999, 0));
        assertFalse(space.admits(1, 0), "a quarter of the reserve was written since");
    }

    @Test
    void takesNothingThatTheReserveIsFor() throws IOException {
        assertFalse(new DiskSpace(parent, Long.MAX_VALUE).admits(0, 0));
    }
}
