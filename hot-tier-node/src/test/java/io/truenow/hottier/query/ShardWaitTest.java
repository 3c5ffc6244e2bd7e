package io.truenow.hottier.query;

import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.memory.MemoryAccountant;
import org.agrona.collections.Int2ObjectHashMap;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** When a waiting query has to look at its shards again. */
final class ShardWaitTest {
    private static final int SHARD_ID = 7;

    private final Int2ObjectHashMap<ShardStore> stores = new Int2ObjectHashMap<>();
    private final ShardWait wait = new ShardWait();

    @Test
    void looksAgainWhenTheShardChanges() {
        assertFalse(wait.isOn(stores, true));
        wait.on(SHARD_ID, null, 0, false);
        assertTrue(wait.isOn(stores, true));
        assertFalse(wait.isOn(stores, false), "patience is lost");
        try (LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            final ShardStore store = new ShardStore(memory, SHARD_ID, 3);
            stores.put(SHARD_ID, store);
            assertFalse(wait.isOn(stores, true), "there is one now");
            for (final boolean isPosition : new boolean[]{false, true}) {
                wait.on(SHARD_ID, store, store.beginRead(), isPosition);
                assertTrue(wait.isOn(stores, true));
                assertTrue(wait.isOn(stores, false) == isPosition);
                store.publishState(store.epoch() + 1, true, 0);
                assertFalse(wait.isOn(stores, true), "it has changed");
            }
            wait.on(SHARD_ID, store, store.beginRead(), true);
            wait.none();
            assertFalse(wait.isOn(stores, true));
            store.forget();
        }
    }
}
