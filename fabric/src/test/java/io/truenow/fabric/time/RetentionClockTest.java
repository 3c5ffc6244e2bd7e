package io.truenow.fabric.time;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The time by which things grow old, under a wall clock that leaps; both clocks by hand. */
final class RetentionClockTest {
    private static final long T = 1_796_000_000_000_000L;
    private static final long MINUTE_US = 60_000_000L;
    private static final long HOUR_US = 60 * MINUTE_US;
    private static final Duration LASTING = Duration.ofHours(6);

    @TempDir
    private Path directory;
    private long wallUs = T;
    private long nowNs = Long.MAX_VALUE - TimeUnit.DAYS.toNanos(1);

    @Test
    void isTheWallClockWhileThatIsCredible() {
        try (RetentionClock clock = open(LASTING)) {
            assertIs(clock, T);
            pass(clock, 3 * HOUR_US);
            assertIs(clock, T + 3 * HOUR_US);
            step(clock, 15_000_000);
            step(clock, -30_000_000);
            step(clock, HOUR_US);
            assertIs(clock, wallUs);
        }
        pass(null, HOUR_US);
        try (RetentionClock clock = open(LASTING)) {
            assertIs(clock, wallUs);
        }
    }

    @Test
    void leapWhileItRunsIsWaitedForAndForgottenWhenTheClockIsRightAgain() {
        try (RetentionClock clock = open(LASTING)) {
            step(clock, 30 * HOUR_US);
            assertEquals(T, clock.microTime());
            assertEquals(30 * HOUR_US, clock.leapUs());
            pass(clock, 5 * HOUR_US);
            assertEquals(T + 5 * HOUR_US, clock.microTime());
            step(clock, -30 * HOUR_US);
            assertIs(clock, T + 5 * HOUR_US);
            step(clock, 30 * HOUR_US);
            pass(clock, 2 * HOUR_US);
            assertEquals(T + 7 * HOUR_US, clock.microTime(), "the former leap does not count for this one");
        }
    }

    @Test
    void leapIsBelievedWhenItHasLasted() {
        try (RetentionClock clock = open(LASTING)) {
            step(clock, 30 * HOUR_US);
            pass(clock, 6 * HOUR_US - 1);
            assertEquals(T + 6 * HOUR_US - 1, clock.microTime());
            pass(clock, 1);
            assertIs(clock, T + 36 * HOUR_US);
            step(clock, -30 * HOUR_US);
            assertIs(clock, T + 6 * HOUR_US);
        }
    }

    @Test
    void leapSinceTheProcessRanLastIsSuspectedToo() {
        try (RetentionClock clock = open(LASTING)) {
            pass(clock, HOUR_US);
        }
        wallUs += 30 * HOUR_US;
        try (RetentionClock clock = open(LASTING)) {
            assertEquals(T + HOUR_US, clock.microTime());
            assertEquals(30 * HOUR_US, clock.leapUs());
        }
        try (RetentionClock clock = open(Duration.ZERO)) {
            assertIs(clock, T + 31 * HOUR_US);
        }
        wallUs -= 30 * HOUR_US;
        try (RetentionClock clock = open(LASTING)) {
            assertIs(clock, T + HOUR_US);
        }
    }

    @Test
    void nothingAgesFasterThanTimePassesButByWhatIsNoLeap() {
        final RandomGenerator random = Seeds.random("nothingAgesFasterThanTimePassesButByWhatIsNoLeap");
        RetentionClock clock = open(Duration.ofDays(10_000));
        for (int i = 0; i < 5_000; i++) {
            final long beforeUs = clock.microTime();
            final long passedUs = random.nextLong(2 * MINUTE_US);
            final long steppedUs = switch (random.nextInt(20)) {
                case 0 -> random.nextLong(-30 * HOUR_US, 30 * HOUR_US);
                case 1 -> random.nextLong(-HOUR_US, HOUR_US);
                case 2 -> random.nextLong(-5_000_000, 5_000_000);
                default -> 0;
            };
            nowNs += passedUs * 1_000;
            wallUs += passedUs + steppedUs;
            if (random.nextInt(100) == 0) {
                clock.close();
                clock = open(Duration.ofDays(10_000));
                assertTrue(clock.microTime() <= beforeUs + RetentionClock.LEAP.toNanos() / 1_000 + passedUs);
            } else {
                clock.update();
                assertTrue(clock.microTime() <= beforeUs + passedUs + RetentionClock.LEAP.toNanos() / 1_000);
            }
            assertTrue(clock.microTime() <= wallUs, "the lesser of the two");
            assertEquals(wallUs - clock.microTime(), clock.leapUs());
        }
        clock.close();
    }

    private RetentionClock open(final Duration believeAfter) {
        return RetentionClock.open("test", directory, () -> wallUs, () -> nowNs, believeAfter);
    }

    private void pass(final RetentionClock clock, final long us) {
        nowNs += us * 1_000;
        step(clock, us);
    }

    private void step(final RetentionClock clock, final long us) {
        wallUs += us;
        if (clock != null) {
            clock.update();
        }
    }

    private static void assertIs(final RetentionClock clock, final long us) {
        assertEquals(us, clock.microTime());
        assertEquals(0, clock.leapUs());
    }
}
