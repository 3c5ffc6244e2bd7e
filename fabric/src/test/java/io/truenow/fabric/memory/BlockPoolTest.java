package io.truenow.fabric.memory;

import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class BlockPoolTest {
    private static final int REGION_BYTES = 1 << 16;
    private static final int MAX_REGIONS = 80;

    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final MemoryTag tag = accountant.tag("regions", Long.MAX_VALUE);

    @TempDir
    private Path directory;

    @Test
    void holdsWhatIsAllocatedAndNothingTwice() {
        final RandomGenerator random = Seeds.random("BlockPoolTest");
        try (LeakGuard _ = LeakGuard.open(() -> Map.of("regions", accountant.usedBytes()));
            BlockPool pool = new BlockPool(RegionSource.inline(tag, REGION_BYTES), REGION_BYTES, MAX_REGIONS)) {
            final BlockUse use = pool.use("test");
            final PoolModel model = new PoolModel(random);
            for (int round = 0; round < 30; round++) {
                final double growing = random.nextDouble();
                for (int i = 0; i < 2_000; i++) {
                    model.step(pool, use, growing, REGION_BYTES);
                }
                model.check(pool, use);
                assertEquals(pool.regionBytes(), tag.usedBytes());
            }
            while (!model.blocks.isEmpty()) {
                model.step(pool, use, 0, 1);
            }
            assertEquals(0, use.usedBytes());
            assertTrue(pool.regionBytes() <= REGION_BYTES, "all but a spare have gone back");
        }
    }

    @Test
    void takesOverWhatAKilledProcessHeld() throws IOException {
        final RandomGenerator random = Seeds.random("BlockPoolTest.kill");
        final PoolModel model = new PoolModel(random);
        for (int life = 0; life < 12; life++) {
            final RegionFiles files = RegionFiles.open(directory, tag, REGION_BYTES, MAX_REGIONS, RegionPolicy.PLAIN);
            try (BlockPool pool = new BlockPool(new Files(files), REGION_BYTES, MAX_REGIONS)) {
                final BlockUse use = pool.use("test");
                final PoolRecovery recovery = pool.recover();
                for (final int index : files.indexes()) {
                    recovery.adopt(files.map(index));
                }
                model.shuffled().forEach(entry -> recovery.hold(use, entry.getKey(), entry.getValue().lengthBytes()));
                recovery.finish();
                model.check(pool, use);
                final double growing = random.nextDouble(0.3, 0.8);
                for (int i = 0; i < 2_000; i++) {
                    model.step(pool, use, growing, REGION_BYTES);
                }
                model.check(pool, use);
                assertEquals(files.indexes().length * (long) REGION_BYTES, tag.usedBytes());
            }
            assertEquals(0, tag.usedBytes());
            model.forgetSome(random.nextDouble());
        }
    }

    @Test
    void takesOverAHundredThousandBlocks() throws IOException {
        final int regionBytes = 1 << 20;
        final RegionFiles files = RegionFiles.open(directory, tag, regionBytes, 64, RegionPolicy.PLAIN);
        final int blocks = 100_000;
        final long[] handles = new long[blocks];
        try (BlockPool pool = new BlockPool(new Files(files), regionBytes, 64)) {
            final BlockUse use = pool.use("test");
            for (int i = 0; i < blocks; i++) {
                handles[i] = pool.allocate(use, i % 2 == 0 ? 256 : 300);
            }
        }
        final RegionFiles again = RegionFiles.open(directory, tag, regionBytes, 64, RegionPolicy.PLAIN);
        try (BlockPool pool = new BlockPool(new Files(again), regionBytes, 64)) {
            final BlockUse use = pool.use("test");
            final PoolRecovery recovery = pool.recover();
            for (final int index : again.indexes()) {
                recovery.adopt(again.map(index));
            }
            for (int i = 0; i < blocks; i++) {
                recovery.hold(use, handles[i], i % 2 == 0 ? 256 : 300);
            }
            recovery.finish();
            assertEquals(blocks, recovery.heldBlocks());
            assertEquals(blocks / 2 * 768L, recovery.heldBytes());
            assertEquals(recovery.heldBytes(), use.usedBytes());
            for (final long handle : handles) {
                pool.release(use, handle);
            }
            assertEquals(regionBytes, pool.regionBytes());
            assertEquals(1, again.indexes().length);
        }
    }

    @Test
    void refusesBlocksThatCannotBe() throws IOException {
        assertRefused("two blocks begin at offset 512 of region 0", new long[][]{{512, 512}, {512, 256}});
        assertRefused("the block at offset 768 of region 0 lies inside the block at offset 512 of region 0",
            new long[][]{{768, 256}, {512, 512}});
        assertRefused("the block at offset 512 of region 0 lies inside the block at offset 0 of region 0",
            new long[][]{{512, 512}, {0, 65_536}});
        assertRefused("no block of 512 bytes can be at offset 256 of region 0", new long[][]{{256, 512}});
        assertRefused("no block of 512 bytes can be at offset 65536 of region 0", new long[][]{{65_536, 512}});
        assertRefused("no block of 131072 bytes can be at offset 0 of region 0", new long[][]{{0, 131_072}});
        assertRefused("no block of 0 bytes can be at offset 0 of region 0", new long[][]{{0, 0}});
        assertRefused("no block of 256 bytes can be at offset 0 of region 7", new long[][]{{7L << 32, 256}});
        assertRefused("no block of 256 bytes can be at offset -1 of region -1", new long[][]{{BlockPool.NONE, 256}});
    }

    private void assertRefused(final String reason, final long[][] blocks) throws IOException {
        final RegionFiles files = RegionFiles.open(directory, tag, REGION_BYTES, MAX_REGIONS, RegionPolicy.PLAIN);
        if (files.indexes().length == 0) {
            files.create().close();
        }
        try (BlockPool pool = new BlockPool(new Files(files), REGION_BYTES, MAX_REGIONS)) {
            final BlockUse use = pool.use("test");
            final PoolRecovery recovery = pool.recover();
            recovery.adopt(files.map(0));
            final IllegalStateException refusal = assertThrows(IllegalStateException.class, () -> {
                for (final long[] block : blocks) {
                    recovery.hold(use, block[0], (int) block[1]);
                }
                recovery.finish();
            });
            assertEquals(reason, refusal.getMessage());
        }
        assertEquals(0, tag.usedBytes());
    }

    /** Makes and deletes files at once, in numbers that may be taken again. */
    private record Files(RegionFiles files) implements RegionSource {
        @Override
        public Region poll() {
            try {
                return files.create();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void giveBack(final Region region) {
            try {
                files.delete(region);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
