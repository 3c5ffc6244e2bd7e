package io.truenow.fabric.time;

import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemEpochMicroClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The process' wall clock, right and wrong. */
@SuppressForbidden
final class WallClockTest {
    private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);

    @TempDir
    private Path directory;

    @Test
    void isTheMachinesUnlessAPropertySaysOtherwise() {
        assertEquals(0, WallClock.INSTANCE.offsetUs());
        assertIsOffBy(0, WallClock.of(null));
        assertIsOffBy(30 * HOUR_US, WallClock.of(Long.toString(30 * HOUR_US)));
        assertIsOffBy(-HOUR_US, WallClock.of(Long.toString(-HOUR_US)));
    }

    @Test
    void stepsWithItsFile() throws IOException {
        final Path file = directory.resolve("offset");
        write(file, 0);
        final WallClock clock = WallClock.of("@" + file);
        assertIsOffBy(0, clock);
        write(file, 30 * HOUR_US);
        assertIsOffBy(30 * HOUR_US, clock);
        write(file, -15_000_000);
        assertIsOffBy(-15_000_000, clock);
    }

    private static void write(final Path file, final long offsetUs) throws IOException {
        final byte[] bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(offsetUs).array();
        Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void assertIsOffBy(final long offsetUs, final WallClock clock) {
        assertEquals(offsetUs, clock.offsetUs());
        final long beforeUs = new SystemEpochMicroClock().microTime();
        final long offUs = clock.microTime() - offsetUs;
        final long offMs = clock.time() - TimeUnit.MICROSECONDS.toMillis(offsetUs);
        assertTrue(offUs >= beforeUs && offUs <= new SystemEpochMicroClock().microTime());
        assertTrue(offMs >= beforeUs / 1_000 && offMs <= SystemEpochClock.INSTANCE.time());
    }
}
