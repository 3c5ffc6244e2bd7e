package io.truenow.engine.store.meta;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RootSlotsTest {
    private static final int REGION_BYTES = 1 << 20;
    private static final int FIRST_SLOTS = (LaneMeta.LENGTH_BYTES - LaneMeta.ROOTS_OFFSET) / 16;
    private static final int PAGE_SLOTS = (RootSlots.PAGE_BYTES - 16) / 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private record Root(RootKind kind, int ordinal, long handle) {
    }

    private final BlockPool pool = new BlockPool(
        RegionSource.inline(new MemoryAccountant(REGION_BYTES).tag("regions", REGION_BYTES), REGION_BYTES), REGION_BYTES, 1);
    private final BlockUse use = pool.use("objects");
    private final LaneMeta meta = LaneMeta.anonymous(42);
    private final long object = pool.allocate(use, 64 * 1_024);
    private RootSlots roots = new RootSlots(meta, pool);

    @AfterEach
    void close() {
        pool.close();
        meta.close();
    }

    /** Objects come, are replaced and go, the process is killed now and then: what the slots hold is what a plain map holds. */
    @RepeatedTest(5)
    void holdWhatThePlainMapHolds() {
        final RandomGenerator random = Seeds.random("root-slots");
        final Map<Integer, Root> model = new TreeMap<>();
        int pages = 0;
        for (int round = 0; round < 12; round++) {
            for (int i = random.nextInt(6_000); i > 0; i--) {
                final Root root = new Root(RootKind.values()[random.nextInt(4)], random.nextInt(), handle(random));
                assertNull(model.put(roots.link(root.kind, root.ordinal, root.handle), root), "the slot was in use");
            }
            final List<Integer> slots = new ArrayList<>(model.keySet());
            for (int i = random.nextInt(2_500); i > 0 && !slots.isEmpty(); i--) {
                final int slot = slots.remove(random.nextInt(slots.size()));
                if (random.nextBoolean()) {
                    roots.unlink(slot);
                    model.remove(slot);
                } else {
                    final Root former = model.get(slot);
                    model.put(slot, new Root(former.kind, former.ordinal, handle(random)));
                    roots.relink(slot, model.get(slot).handle);
                }
            }
            pages = Math.max(pages, Math.max(0, (largest(model) - FIRST_SLOTS + PAGE_SLOTS) / PAGE_SLOTS));
            assertEquals(model, contents());
            if (random.nextInt(3) == 0) {
                roots = new RootSlots(meta, pool);
                final long[] recovered = roots.recoverPages();
                assertTrue(recovered.length >= pages);
                for (final long page : recovered) {
                    assertTrue(pool.contains(page, RootSlots.PAGE_BYTES));
                }
                assertEquals(model, contents(), "after a restart");
            }
        }
    }

    @Test
    void aPageIsMadeWhenThereIsNoSlotLeftAndNotBefore() {
        final int pages = 5;
        for (int i = 0; i < FIRST_SLOTS + pages * PAGE_SLOTS; i++) {
            assertEquals(i, roots.link(RootKind.SHARD, i, object));
            final int made = i < FIRST_SLOTS ? 0 : 1 + (i - FIRST_SLOTS) / PAGE_SLOTS;
            assertEquals(made * (long) RootSlots.PAGE_BYTES, roots.use().usedBytes());
        }
        roots.unlink(7);
        assertEquals(7, roots.link(RootKind.SEGMENT, 0, object), "an empty one is used again");
        roots.unlink(0);
        roots.unlink(5);
        roots = new RootSlots(meta, pool);
        final long[] recovered = roots.recoverPages();
        assertEquals(pages, LongStream.of(recovered).filter(page -> page != object).distinct().count());
        assertEquals(object + 1, NativeMemory.ALL.get(LONG, pool.address(recovered[0]) + 16 + Long.BYTES), "the oldest page's first slot");
        assertEquals(Set.of(0, 5), Set.of(roots.link(RootKind.SHARD, 0, object), roots.link(RootKind.SHARD, 5, object)),
            "those that were empty before the restart");
        assertEquals(FIRST_SLOTS + pages * PAGE_SLOTS, contents().size());
        assertEquals(FIRST_SLOTS + pages * PAGE_SLOTS, roots.link(RootKind.SHARD, 0, object));
    }

    @Test
    void withoutMemoryThereIsNoSlot() {
        final List<Long> blocks = new ArrayList<>();
        for (long block = pool.allocate(use, 64 * 1_024); block != BlockPool.NONE; block = pool.allocate(use, 64 * 1_024)) {
            blocks.add(block);
        }
        for (int i = 0; i < FIRST_SLOTS; i++) {
            assertNotEquals(RootSlots.NONE, roots.link(RootKind.SHARD, i, object));
        }
        assertEquals(RootSlots.NONE, roots.link(RootKind.SHARD, 0, object));
        pool.release(use, blocks.getFirst());
        assertEquals(FIRST_SLOTS, roots.link(RootKind.SHARD, 0, object));
    }

    @Test
    void whatNoLaneCanHaveWrittenIsNotTakenOver() {
        final long head = meta.address() + LaneMeta.NEXT_ROOT_PAGE_OFFSET;
        NativeMemory.ALL.set(LONG, head, 1L << 40);
        assertThrows(IllegalStateException.class, new RootSlots(meta, pool)::recoverPages, "a page outside the regions");
        NativeMemory.ALL.set(LONG, pool.address(object), 0L);
        NativeMemory.ALL.set(LONG, head, object + 1);
        assertThrows(IllegalStateException.class, new RootSlots(meta, pool)::recoverPages, "what is not a page");
        NativeMemory.ALL.set(LONG, head, 0L);
        for (int i = 0; i <= FIRST_SLOTS; i++) {
            roots.link(RootKind.SHARD, i, object);
        }
        final long page = NativeMemory.ALL.get(LONG, head) - 1;
        assertEquals(1, new RootSlots(meta, pool).recoverPages().length);
        NativeMemory.ALL.set(LONG, pool.address(page) + Long.BYTES, page + 1);
        assertThrows(IllegalStateException.class, new RootSlots(meta, pool)::recoverPages, "pages in a ring");

        final long slot = meta.address() + LaneMeta.ROOTS_OFFSET;
        NativeMemory.ALL.set(LONG, slot, 4L << Integer.SIZE);
        assertThrows(IllegalStateException.class, this::contents, "no such kind");
        NativeMemory.ALL.set(LONG, slot, -1L);
        assertThrows(IllegalStateException.class, this::contents, "no such kind");
        NativeMemory.ALL.set(LONG, slot, 3L << Integer.SIZE | 5);
        assertEquals(new Root(RootKind.VALUE_BYTES, 5, object), contents().get(0));
        NativeMemory.ALL.set(LONG, slot + Long.BYTES, (1L << 40) + 1);
        assertThrows(IllegalStateException.class, this::contents, "an object outside the regions");
    }

    private static int largest(final Map<Integer, Root> model) {
        return model.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }

    private long handle(final RandomGenerator random) {
        return object + (long) random.nextInt(64 * 1_024 / BlockPool.MIN_BLOCK_BYTES) * BlockPool.MIN_BLOCK_BYTES;
    }

    private Map<Integer, Root> contents() {
        final Map<Integer, Root> contents = new TreeMap<>();
        roots.forEach((slot, kind, ordinal, handle) -> contents.put(slot, new Root(kind, ordinal, handle)));
        return contents;
    }
}
