package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.NativeMemory;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class IdBloomTest {
    private static final int GUARD_BYTES = 64;

    private final RandomGenerator random = Seeds.random("IdBloomTest");

    @Test
    void holdsAllThatWereAddedAndFewOthers() {
        for (final int ids : new int[]{1, 16, 1_000, 2_048, 3_120, 4_096}) {
            final int lengthBytes = IdBloom.lengthBytes(ids);
            assertEquals(1, Integer.bitCount(lengthBytes));
            assertTrue(lengthBytes >= ids && lengthBytes < Math.max(2 * ids, 65), "length for " + ids + ": " + lengthBytes);
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment memory = arena.allocate(lengthBytes + 2 * GUARD_BYTES, 64);
                memory.fill((byte) 0x5A);
                final long address = memory.address() + GUARD_BYTES;
                IdBloom.clear(address, lengthBytes);
                final long[] words = random.longs(ids).toArray();
                for (final long word : words) {
                    IdBloom.add(address, lengthBytes, word);
                }
                for (final long word : words) {
                    assertTrue(IdBloom.mayHold(address, lengthBytes, word));
                }
                int passed = 0;
                for (int i = 0; i < 20_000; i++) {
                    passed += IdBloom.mayHold(address, lengthBytes, random.nextLong()) ? 1 : 0;
                }
                assertTrue(passed < 20_000 / 20, "of 20 000 others passed with " + ids + " ids: " + passed);
                for (int i = 0; i < GUARD_BYTES; i++) {
                    assertEquals(0x5A, NativeMemory.ALL.get(ValueLayout.JAVA_BYTE, address - 1 - i));
                    assertEquals(0x5A, NativeMemory.ALL.get(ValueLayout.JAVA_BYTE, address + lengthBytes + i));
                }
            }
        }
    }

    /** Ids for which the shard's filter leads to a row in vain agree with it in the first and the last bits of their words. */
    @Test
    void tellsIdsApartThatTheFilterOfTheShardTakesForEachOther() {
        try (Arena arena = Arena.ofConfined()) {
            final int lengthBytes = IdBloom.lengthBytes(4_096);
            final long address = arena.allocate(lengthBytes, 64).address();
            IdBloom.clear(address, lengthBytes);
            final long others = -1L >>> 30 & -1L << 8;
            int passed = 0;
            for (int i = 0; i < 4_096; i++) {
                final long word = random.nextLong();
                IdBloom.add(address, lengthBytes, word);
                passed += IdBloom.mayHold(address, lengthBytes, word ^ random.nextLong() & others) ? 1 : 0;
            }
            assertTrue(passed < 4_096 / 30, "of 4 096 passed, while the filter was filled: " + passed);
            IdBloom.clear(address, lengthBytes);
            assertFalse(IdBloom.mayHold(address, lengthBytes, random.nextLong()));
        }
    }
}
