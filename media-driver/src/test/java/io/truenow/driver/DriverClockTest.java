package io.truenow.driver;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;

class DriverClockTest {
    private final AtomicLong signMs = new AtomicLong(5_000);
    private final AtomicLong nowNs = new AtomicLong(-7_000_000_000L);
    private final DriverClock clock = new DriverClock(signMs::get, nowNs::get);

    private void pass(final long ms) {
        nowNs.addAndGet(ms * 1_000_000L);
    }

    @Test
    void goesOnFromTheDriversLastSignOfLife() {
        assertEquals(5_000, clock.time());
        pass(900);
        assertEquals(5_900, clock.time());
        signMs.set(6_000);
        assertEquals(6_000, clock.time());
        pass(250);
        assertEquals(6_250, clock.time());
    }

    /** What the driver missed does not make it look dead once it goes on, and its client does not look dead to it. */
    @Test
    void goesBackWithADriverThatWasPaused() {
        pass(45_000);
        assertEquals(50_000, clock.time());
        signMs.set(5_100);
        assertEquals(5_100, clock.time());
        pass(1_000);
        assertEquals(6_100, clock.time());
    }

    @Test
    void followsADriverFarFromTheWallClock() {
        signMs.set(4_000_000_000_000L);
        assertEquals(4_000_000_000_000L, clock.time());
        signMs.set(1_000);
        assertEquals(1_000, clock.time());
    }

    /** Else nobody would see that it is gone. */
    @Test
    void goesOnWithoutADriver() {
        clock.time();
        signMs.set(-1);
        pass(10_001);
        assertEquals(15_001, clock.time());
    }
}
