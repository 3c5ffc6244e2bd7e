package io.truenow.gateway.journal;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Names of roll files under a wall clock that steps. */
final class RollTimeTest {
    private static final long MINUTE_MS = 60_000;

    private long nowMs = 1_800_000_000_000L;

    @Test
    void neverGoesBackAndNeverStands() {
        final RandomGenerator random = Seeds.random("neverGoesBackAndNeverStands");
        final long[] nowNs = {random.nextLong()};
        final RollTime time = new RollTime(() -> nowMs, () -> nowNs[0]);
        final long firstMs = nowMs + MINUTE_MS;
        time.atLeast(firstMs);
        long beforeMs = time.currentTimeMillis();
        assertEquals(firstMs, beforeMs);
        for (int i = 0; i < 10_000; i++) {
            final long passedMs = random.nextInt(1_000);
            nowNs[0] += TimeUnit.MILLISECONDS.toNanos(passedMs);
            nowMs += passedMs;
            if (random.nextInt(10) == 0) {
                nowMs += random.nextLong(-60 * MINUTE_MS, 60 * MINUTE_MS);
            }
            final long atMs = time.currentTimeMillis();
            assertTrue(atMs >= beforeMs + passedMs, "it passes as fast as time does");
            assertTrue(atMs == beforeMs + passedMs || atMs == nowMs);
            beforeMs = atMs;
        }
    }

    @Test
    void anEarlierFileDoesNotTakeItBack() {
        final RollTime time = new RollTime(() -> nowMs, () -> 0);
        time.atLeast(nowMs + 2 * MINUTE_MS);
        time.atLeast(nowMs + MINUTE_MS);
        assertEquals(nowMs + 2 * MINUTE_MS, time.currentTimeMillis());
    }
}
