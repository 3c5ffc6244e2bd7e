package io.truenow.engine.store.memory;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.fabric.memory.PoolRecovery;
import io.truenow.fabric.memory.PressureLevel;
import io.truenow.fabric.memory.os.MemoryPlacement;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.testing.Mounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One thread plays the node's agent and the lane. */
final class RegionReserveTest {
    private static final int REGION_BYTES = 1 << 20;
    private static final long SECOND_NS = 1_000_000_000L;

    private final List<Long> blocks = new ArrayList<>();

    @TempDir
    private Path directory;

    @Test
    void growsToTheLimitAndGivesAllBack() {
        try (ServiceIdentity identity = ServiceIdentity.open(directory.resolve("node"));
            NodeMemory memory = NodeMemory.open(settings(16, 1), identity)) {
            final RegionReserve reserve = memory.addLane(0);
            try (BlockPool pool = memory.addPool(reserve)) {
                memory.start();
                final BlockUse use = pool.use("rows");
                assertEquals(14, fill(memory, pool, use));
                assertEquals(14L * REGION_BYTES, memory.accountant().usedBytes());
                memory.maintain(0);
                assertEquals(PressureLevel.REFUSE, memory.pressure().level());
                assertTrue(memory.sealed().tryReserve(2 * REGION_BYTES), "room is left for sealed segments");
                blocks.subList(4, 14).forEach(block -> pool.release(use, block));
                maintain(memory);
                assertEquals(PressureLevel.FREE, memory.pressure().level());
                assertEquals((4 + 1 + RegionReserve.REGIONS + 2) * REGION_BYTES, memory.accountant().usedBytes());
                assertArrayEquals(new int[]{0, 1, 2, 3}, Arrays.copyOf(reserve.files().indexes(), 4));
                assertTrue(memory.sealed().tryReserve(7 * REGION_BYTES), "what regions gave back is there for others");
            }
        }
    }

    @Test
    void startsALaneThoughFilesUseTheBudgetUp() {
        try (ServiceIdentity identity = ServiceIdentity.open(directory.resolve("node"));
            NodeMemory memory = NodeMemory.open(settings(16, 2), identity)) {
            final List<RegionReserve> lanes = List.of(memory.addLane(0), memory.addLane(1));
            memory.sealed().reserve(17 * REGION_BYTES);
            memory.start();
            for (final RegionReserve lane : lanes) {
                assertEquals(1, lane.readyRegions());
                assertEquals(0, lane.refill(0), "no second one");
            }
            assertEquals(19L * REGION_BYTES, memory.accountant().usedBytes());
            memory.sealed().release(17 * REGION_BYTES);
        }
    }

    @Test
    void discardsWhatCannotBeTakenOver() throws IOException {
        try (ServiceIdentity identity = ServiceIdentity.open(directory.resolve("node"));
            NodeMemory memory = NodeMemory.open(settings(16, 1), identity)) {
            final RegionReserve reserve = memory.addLane(0);
            try (BlockPool former = memory.addPool(reserve)) {
                memory.start();
                fill(memory, former, former.use("rows"));
            }
            blocks.clear();
            final BlockPool damaged = memory.addPool(reserve);
            final PoolRecovery recovery = damaged.recover();
            for (final int index : reserve.files().indexes()) {
                recovery.adopt(reserve.files().map(index));
            }
            recovery.finish();
            memory.removePool(damaged);
            reserve.discard();
            assertEquals(0, memory.accountant().usedBytes());
            assertEquals(0, reserve.files().indexes().length);
            try (BlockPool pool = memory.addPool(reserve)) {
                memory.start();
                assertEquals(14, fill(memory, pool, pool.use("rows")));
            }
        }
    }

    @Test
    void fullSharedMemoryIsBackPressure() throws Exception {
        Mounts.tmpfs(directory, "60m");
        try (ServiceIdentity identity = ServiceIdentity.open(directory.resolve("node"));
            NodeMemory memory = NodeMemory.open(settings(64, 2), identity)) {
            final RegionReserve reserve = memory.addLane(0);
            try (BlockPool pool = memory.addPool(reserve)) {
                memory.start();
                final BlockUse use = pool.use("rows");
                memory.maintain(0);
                final int before = fill(memory, pool, use);
                assertTrue(before < 12, "48 MiB are left to the media driver, but there are " + before + " regions");
                assertEquals(1, reserve.refusals());
                assertEquals(PressureLevel.REFUSE, memory.pressure().level());
                memory.maintain(SECOND_NS / 2);
                assertEquals(1, reserve.refusals());
                memory.maintain(SECOND_NS);
                assertEquals(2, reserve.refusals());
                final String refusal = assertThrows(
                    IllegalStateException.class, () -> memory.addLane(1).start(PlacementGrant.none(MemoryPlacement.ANY))).getMessage();
                assertTrue(refusal.startsWith("no space left for a region in " + directory), refusal);
                final PlacementGrant known = PlacementGrant.none(MemoryPlacement.ANY);
                assertSame(known, reserve.start(known), "a node with regions starts without one more");
                pool.release(use, blocks.removeLast());
                assertNotEquals(BlockPool.NONE, pool.allocate(use, REGION_BYTES));
            }
        } finally {
            Mounts.remove(directory);
        }
    }

    /** Takes regions, each as one block, until there are none; returns how many. */
    private int fill(final NodeMemory memory, final BlockPool pool, final BlockUse use) {
        while (true) {
            maintain(memory);
            final long block = pool.allocate(use, REGION_BYTES);
            if (block == BlockPool.NONE) {
                return blocks.size();
            }
            NativeMemory.ALL.asSlice(pool.address(block), REGION_BYTES).fill((byte) 0xFF);
            blocks.add(block);
        }
    }

    private MemorySettings settings(final int regions, final int lanes) {
        return new MemorySettings((long) regions * REGION_BYTES, REGION_BYTES, lanes, directory, MemoryPlacement.ANY);
    }

    private static void maintain(final NodeMemory memory) {
        int work = memory.maintain(0);
        while (work > 0) {
            work = memory.maintain(0);
        }
    }
}
