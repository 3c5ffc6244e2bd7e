package io.truenow.fabric.memory;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class MemoryPressureTest {
    private final MemoryAccountant accountant = new MemoryAccountant(1_000);
    private final MemoryTag regions = accountant.tag("regions", 800);
    private final MemoryTag sealed = accountant.tag("sealed", 1_000);
    private final AtomicLong regionLimitBytes = new AtomicLong(800);
    private final AtomicLong heldBytes = new AtomicLong();
    private final MemoryPressure pressure = new MemoryPressure(accountant, regions, regionLimitBytes::get, heldBytes::get);

    @Test
    void risesAndFallsWithWhatIsHeld() {
        assertTrue(regions.tryReserve(800));
        assertLevel(0, 0, PressureLevel.FREE, 0);
        assertLevel(0, 550, PressureLevel.FREE, 69);
        assertLevel(0, 560, PressureLevel.CUBES, 70);
        assertLevel(0, 640, PressureLevel.SEAL, 80);
        assertLevel(0, 625, PressureLevel.SEAL, 78);
        assertLevel(0, 615, PressureLevel.CUBES, 77);
        assertLevel(0, 800, PressureLevel.REFUSE, 100);
        assertTrue(pressure.isAtLeast(PressureLevel.DROP));
        assertLevel(0, 730, PressureLevel.DROP, 91);
        assertLevel(0, 545, PressureLevel.CUBES, 68);
        assertLevel(0, 100, PressureLevel.FREE, 13);
        assertFalse(pressure.isAtLeast(PressureLevel.CUBES));
    }

    @Test
    void countsWhatOthersHave() {
        assertTrue(regions.tryReserve(200));
        assertLevel(650, 50, PressureLevel.CUBES, 70);
        assertLevel(100, 150, PressureLevel.DROP, 90);
        sealed.release(750);
        assertLevel(0, 0, PressureLevel.FREE, 0);
    }

    @Test
    void countsWhatTheMachineDoesNotHave() {
        assertTrue(regions.tryReserve(200));
        assertLevel(0, 180, PressureLevel.FREE, 23);
        regionLimitBytes.set(200);
        assertLevel(0, 180, PressureLevel.DROP, 90);
    }

    private void assertLevel(final long moreSealed, final long held, final PressureLevel level, final int percent) {
        assertTrue(sealed.tryReserve(moreSealed));
        heldBytes.set(held);
        pressure.update();
        assertEquals(percent, pressure.percent());
        assertEquals(level, pressure.level());
    }
}
