package io.truenow.engine.store.memory;

import io.truenow.fabric.memory.os.HugePages;
import io.truenow.fabric.memory.os.MemoryPlacement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a machine of 24 GiB, or of less, says to budgets. */
final class MemoryRoomTest {
    private static final long GIB = 1L << 30;
    private static final Path SHARED = Path.of("/dev/shm/truenow-x");

    private static MemorySettings budget(final long bytes) {
        return new MemorySettings(bytes, 16 << 20, 1, null, new MemoryPlacement(HugePages.TRY, MemoryPlacement.ANY_NODE));
    }

    private static MemoryRoom room(final long budgetBytes, final boolean isMemory, final long directoryBytes, final long memoryBytes) {
        return new MemoryRoom(budget(budgetBytes), SHARED, isMemory, directoryBytes, memoryBytes, GIB);
    }

    @Test
    void takesWhatFits() {
        final MemoryRoom room = room(4 * GIB, true, 24 * GIB, 24 * GIB);
        assertNull(room.whyTooMuch());
        assertNull(room.doubt());
        // the page cache gives pages back
        assertNull(room(24 * GIB, false, 100 * GIB, 24 * GIB).doubt());
    }

    @Test
    void refusesMoreThanTheMachineHas() {
        assertEquals("of 900GiB is more than the memory of this machine or of its control group, 24GiB: set it to 23504MiB or less",
            room(900 * GIB, true, 24 * GIB, 24 * GIB).whyTooMuch());
        assertNull(room(24 * GIB, true, 24 * GIB, 24 * GIB).whyTooMuch());
        // what is left beside a heap that is as large as the machine
        assertEquals("of 4GiB is more than the memory of this machine or of its control group, 1GiB: set it to 512MiB or less",
            room(4 * GIB, true, GIB, GIB).whyTooMuch());
    }

    @Test
    void doubtsWhatItsDirectoryCannotHold() {
        final String doubt = room(4 * GIB, true, 64 << 20, 24 * GIB).doubt();
        assertTrue(doubt.startsWith("of 4GiB needs up to 3584MiB in /dev/shm/truenow-x, which has 64MiB in all: "), doubt);
        assertTrue(doubt.endsWith("or hot-tier.memory-budget to 16MiB or less"), doubt);
        assertNull(room(4 * GIB, true, 3632L << 20, 24 * GIB).doubt());
        assertTrue(room(4 * GIB, true, 3631L << 20, 24 * GIB).doubt().startsWith("of 4GiB needs up to 3584MiB"));
    }

    @Test
    void doubtsThatTheHeapFitsBesideIt() {
        assertNull(room(23 * GIB, true, 24 * GIB, 24 * GIB).doubt());
        assertEquals("of 23568MiB leaves no room for the Java heap, up to 1GiB, "
            + "in the memory of this machine or of its control group, 24GiB: set it to 23GiB or less",
            room((23 * GIB) + (16 << 20), true, 24 * GIB, 24 * GIB).doubt());
    }

    @Test
    void asksTheMachine(@TempDir final Path directory) {
        final MemoryRoom room = MemoryRoom.of(budget(GIB), directory.resolve("not/there/yet"));
        assertTrue(room.memoryBytes() > 64 << 20 && room.memoryBytes() < Long.MAX_VALUE, room.toString());
        assertTrue(room.directoryBytes() > 0, room.toString());
    }
}
