package io.truenow.hottier.meta;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.fabric.memory.RegionSource;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A record that is left at every point between two of its stores. */
final class RedoRecordTest {
    private static final int REGION_BYTES = 1 << 20;
    private static final int STORES = 7;
    private static final int BLOCK_BYTES = 256;

    @Test
    void storesAreAllDoneOrNone() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            for (int applied = -1; applied <= STORES; applied++) {
                for (int i = 0; i < STORES; i++) {
                    NativeMemory.ALL.set(ValueLayout.JAVA_LONG, pool.address(block) + i * 8L, -1L);
                }
                final RedoRecord killed = new RedoRecord(meta, pool);
                for (int i = 0; i < STORES; i++) {
                    killed.add(block + i * 8L, i);
                }
                if (applied >= 0) {
                    killed.seal();
                }
                for (int i = 0; i < applied; i++) {
                    killed.apply(i);
                }
                final RedoRecord next = new RedoRecord(meta, pool);
                assertEquals(applied < 0 ? 0 : STORES, next.redo());
                assertEquals(0, next.redo(), "the record still counts");
                for (int i = 0; i < STORES; i++) {
                    assertEquals(applied < 0 ? -1 : i, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, pool.address(block) + i * 8L));
                }
            }
        }
    }
}
