package io.truenow.fabric.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a pool should hold: blocks by handle, each filled with a number of its own. */
final class PoolModel {
    final TreeMap<Long, Held> blocks = new TreeMap<>();
    private final RandomGenerator random;
    private long nextNumber = 1;

    PoolModel(final RandomGenerator random) {
        this.random = random;
    }

    /** Allocates or releases, more of this or of that as {@code growing} is near 1 or 0. */
    void step(final BlockPool pool, final BlockUse use, final double growing, final int maxBytes) {
        if (random.nextDouble() < growing) {
            final int lengthBytes = 1 + (int) (maxBytes * Math.pow(random.nextDouble(), 4));
            final long handle = pool.allocate(use, lengthBytes);
            if (handle != BlockPool.NONE) {
                add(pool, handle, lengthBytes);
            }
        } else if (!blocks.isEmpty()) {
            final long handle = any();
            final Held held = blocks.remove(handle);
            assertFilled(pool, handle, held);
            pool.release(use, handle);
        }
    }

    /** Blocks are where they were and hold what they did. */
    void check(final BlockPool pool, final BlockUse use) {
        blocks.forEach((handle, held) -> assertFilled(pool, handle, held));
        assertEquals(blocks.values().stream().mapToLong(held -> BlockPool.blockBytes(held.lengthBytes)).sum(), use.usedBytes());
    }

    /** Lets go of some, as a process does that is killed between allocation and commit. */
    void forgetSome(final double part) {
        blocks.values().removeIf(held -> random.nextDouble() < part);
    }

    /** In no order. */
    List<Map.Entry<Long, Held>> shuffled() {
        final List<Map.Entry<Long, Held>> entries = new ArrayList<>(blocks.entrySet());
        for (int i = entries.size() - 1; i > 0; i--) {
            entries.set(i, entries.set(random.nextInt(i + 1), entries.get(i)));
        }
        return entries;
    }

    private void add(final BlockPool pool, final long handle, final int lengthBytes) {
        final int size = BlockPool.blockBytes(lengthBytes);
        assertEquals(0, BlockPool.offset(handle) % size, "blocks are aligned");
        final Map.Entry<Long, Held> before = blocks.lowerEntry(handle + 1);
        assertTrue(before == null || before.getKey() + BlockPool.blockBytes(before.getValue().lengthBytes) <= handle, "blocks overlap");
        final Long after = blocks.higherKey(handle);
        assertTrue(after == null || handle + size <= after, "blocks overlap");
        final Held held = new Held(lengthBytes, nextNumber++);
        blocks.put(handle, held);
        fill(pool, handle, held);
    }

    private long any() {
        final Long from = blocks.ceilingKey((long) random.nextInt((int) (blocks.lastKey() >>> 32) + 1) << 32 | random.nextInt(1 << 16));
        return from == null ? blocks.firstKey() : from;
    }

    /** Its first and its last bytes. */
    private static void fill(final BlockPool pool, final long handle, final Held held) {
        final MemorySegment memory = pool.memory(handle);
        final int last = BlockPool.blockBytes(held.lengthBytes) - Long.BYTES;
        memory.set(ValueLayout.JAVA_LONG, BlockPool.offset(handle), held.number);
        memory.set(ValueLayout.JAVA_LONG, BlockPool.offset(handle) + Long.BYTES, ~held.number);
        memory.set(ValueLayout.JAVA_LONG, BlockPool.offset(handle) + last, held.number);
    }

    private static void assertFilled(final BlockPool pool, final long handle, final Held held) {
        final MemorySegment memory = pool.memory(handle);
        final int last = BlockPool.blockBytes(held.lengthBytes) - Long.BYTES;
        assertEquals(held.number, memory.get(ValueLayout.JAVA_LONG, BlockPool.offset(handle)));
        assertEquals(~held.number, memory.get(ValueLayout.JAVA_LONG, BlockPool.offset(handle) + Long.BYTES));
        assertEquals(held.number, memory.get(ValueLayout.JAVA_LONG, BlockPool.offset(handle) + last));
        assertEquals(memory.address() + BlockPool.offset(handle), pool.address(handle));
    }

    record Held(int lengthBytes, long number) {
    }
}
