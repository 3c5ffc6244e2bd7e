package io.truenow.engine.store.meta;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.fabric.memory.RegionSource;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A commit that is ended before or behind each of its steps, and the process that comes after. */
final class RedoRecordTest {
    private static final int REGION_BYTES = 1 << 20;
    private static final int STORES = 7;
    private static final int BLOCK_BYTES = 256;
    private static final long OLD = -1;

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Ends at a step of a commit: the process does nothing any more. */
    private static final class KilledRecord extends RedoRecord {
        private final int killedAt;
        private int steps;
        /** The step before which the record began to count, and before which it ceased to. */
        private int sealedAt = Integer.MAX_VALUE;
        private int clearedAt = Integer.MAX_VALUE;

        KilledRecord(final LaneMeta meta, final BlockPool pool, final int killedAt) {
            super(meta, pool);
            this.killedAt = killedAt;
        }

        @Override
        void seal() {
            step();
            super.seal();
            sealedAt = steps;
        }

        @Override
        void apply(final int index) {
            step();
            super.apply(index);
        }

        @Override
        void clear() {
            step();
            super.clear();
            clearedAt = steps;
        }

        private void step() {
            if (steps++ == killedAt) {
                throw new Killed();
            }
        }
    }

    @Test
    void storesAreAllDoneOrNone() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            final List<Integer> redone = new ArrayList<>();
            // the seal, each store, and the end of the record
            for (int killedAt = 0; killedAt < STORES + 2; killedAt++) {
                fill(pool, block);
                final KilledRecord killed = new KilledRecord(meta, pool, killedAt);
                addAll(killed, block);
                assertThrows(Killed.class, killed::commit);
                final RedoRecord next = new RedoRecord(meta, pool);
                redone.add(next.redo());
                assertEquals(0, next.redo(), "the record still counts");
                for (int i = 0; i < STORES; i++) {
                    assertEquals(killedAt == 0 ? OLD : i, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, pool.address(block) + i * 8L),
                        "killed at step " + killedAt);
                }
            }
            assertEquals(0, redone.getFirst());
            assertTrue(redone.stream().skip(1).allMatch(stores -> stores == STORES), redone::toString);
        }
    }

    @Test
    void theProcessAfterMayBeKilledToo() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            for (int killedAt = 0; killedAt < STORES + 1; killedAt++) {
                fill(pool, block);
                final KilledRecord first = new KilledRecord(meta, pool, 3);
                addAll(first, block);
                assertThrows(Killed.class, first::commit);
                assertThrows(Killed.class, new KilledRecord(meta, pool, killedAt)::redo);
                assertEquals(STORES, new RedoRecord(meta, pool).redo());
                for (int i = 0; i < STORES; i++) {
                    assertEquals(i, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, pool.address(block) + i * 8L));
                }
            }
        }
    }

    @Test
    void stepsAreInOrder() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            final KilledRecord record = new KilledRecord(meta, pool, Integer.MAX_VALUE);
            for (int i = 0; i < 2; i++) {
                record.steps = 0;
                addAll(record, block);
                record.commit();
                assertEquals(1, record.sealedAt);
                assertEquals(STORES + 2, record.clearedAt);
                assertEquals(0, new RedoRecord(meta, pool).redo());
            }
        }
    }

    @Test
    void whatNoLaneCanHaveWrittenIsNotRedone() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            fill(pool, block);
            final RedoRecord record = new RedoRecord(meta, pool);
            addAll(record, block);
            record.add(1L << 40, 7);
            record.seal();
            assertThrows(IllegalStateException.class, new RedoRecord(meta, pool)::redo, "a place outside the regions");
            assertEquals(OLD, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, pool.address(block)), "the first store was done all the same");
            final long seal = NativeMemory.ALL.get(ValueLayout.JAVA_LONG, meta.address() + LaneMeta.REDO_OFFSET);
            NativeMemory.ALL.set(ValueLayout.JAVA_LONG, meta.address() + LaneMeta.REDO_OFFSET, seal & 0xFFFF_FFFFL);
            assertThrows(IllegalStateException.class, new RedoRecord(meta, pool)::redo, "no seal");
            NativeMemory.ALL.set(ValueLayout.JAVA_LONG, meta.address() + LaneMeta.REDO_OFFSET, seal - STORES + RedoRecord.MAX_STORES);
            assertThrows(IllegalStateException.class, new RedoRecord(meta, pool)::redo, "more stores than a record has");
        }
    }

    @Test
    void storesOfAFormerRecordAreNotDoneAgain() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            final RedoRecord record = new RedoRecord(meta, pool);
            addAll(record, block);
            record.commit();
            fill(pool, block);
            record.add(block, 70);
            record.commit();
            record.add(block, 71);
            record.seal();
            assertEquals(1, new RedoRecord(meta, pool).redo());
            assertEquals(71, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, pool.address(block)));
            for (int i = 1; i < STORES; i++) {
                assertEquals(OLD, NativeMemory.ALL.get(ValueLayout.JAVA_LONG, pool.address(block) + i * 8L));
            }
        }
    }

    @Test
    void aBatchOfTheLargestSizeFits() {
        final MemoryAccountant accountant = new MemoryAccountant(REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1); LaneMeta meta = LaneMeta.anonymous(42)) {
            final long block = pool.allocate(pool.use("test"), BLOCK_BYTES);
            final RedoRecord record = new RedoRecord(meta, pool);
            for (int i = 0; i < RedoRecord.MAX_STORES; i++) {
                record.add(block + i % STORES * 8L, i);
            }
            record.seal();
            assertEquals(RedoRecord.MAX_STORES, new RedoRecord(meta, pool).redo());
            assertEquals(42, meta.valueHashSeed(), "the record ends before the slots begin");
        }
    }

    private static void fill(final BlockPool pool, final long block) {
        for (int i = 0; i < STORES; i++) {
            NativeMemory.ALL.set(ValueLayout.JAVA_LONG, pool.address(block) + i * 8L, OLD);
        }
    }

    private static void addAll(final RedoRecord record, final long block) {
        for (int i = 0; i < STORES; i++) {
            record.add(block + i * 8L, i);
        }
    }
}
