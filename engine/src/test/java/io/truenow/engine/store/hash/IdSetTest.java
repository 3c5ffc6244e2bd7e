package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Batches of ids of many kinds against a {@link HashSet}. */
final class IdSetTest {
    private static final int REGION_BYTES = 1 << 18;
    private static final long SEED = 7;

    private record Id(long high, long low) {
    }

    /** How the ids of a run come about. */
    private enum Kind {
        HASHED, COUNTED_LOW, COUNTED_HIGH, SAME_LOW_BITS, FEW
    }

    @RepeatedTest(6)
    void holdsWhatAHashSetHolds() {
        final RandomGenerator random = Seeds.random("IdSetTest");
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1_024)) {
            final BlockUse use = pool.use("dedup");
            final IdBatch batch = new IdBatch(random.nextLong());
            for (final Kind kind : Kind.values()) {
                try (LeakGuard _ = LeakGuard.open(() -> Map.of("dedup", use.usedBytes())); IdSet set = new IdSet(pool, use)) {
                    run(random, kind, set, batch, 20_000 + random.nextInt(80_000));
                }
            }
        }
        assertEquals(0, accountant.usedBytes());
    }

    private static void run(final RandomGenerator random, final Kind kind, final IdSet set, final IdBatch batch, final int count) {
        final Set<Id> model = new HashSet<>();
        final List<Id> known = new ArrayList<>();
        if (random.nextBoolean()) {
            assertTrue(set.expect(random.nextInt(2 * count)));
        }
        for (int draws = 0; model.size() < count && draws < 3 * count;) {
            for (int i = 0; i < 40; i++) {
                final Id id = id(random, kind, known);
                batch.set(i, id.high, id.low);
                assertEquals(model.contains(id), set.contains(batch, i));
            }
            final int from = random.nextInt(10);
            final int most = from + random.nextInt(random.nextInt(10) == 0 ? 2 : IdBatch.MAX_IDS - from);
            int to = from;
            for (int i = from; i < most; i++, draws++) {
                final Id id = id(random, kind, known);
                if (model.add(id)) {
                    known.add(id);
                    batch.set(to, id.high, id.low);
                    batch.time(to++, timeUs(id));
                }
            }
            assertTrue(set.reserve(batch, from, to));
            if (random.nextInt(8) == 0) {
                set.cancel(batch, from, to);
                assertTrue(set.reserve(batch, from, to));
            }
            set.insert(batch, from, to);
            assertEquals(model.size(), set.size());
        }
        int others = 0;
        for (final Id id : model) {
            batch.set(0, id.high, id.low);
            assertTrue(set.contains(batch, 0));
            assertFalse(set.hasOtherTime(batch, 0, timeUs(id)));
            others += set.hasOtherTime(batch, 0, timeUs(id) + 1 + random.nextInt(1_000_000)) ? 1 : 0;
        }
        // 15 of 16 are told
        assertTrue(model.size() < 5_000 || others > model.size() / 10 * 9 && others < model.size() / 100 * 97,
            others + " of " + model.size());
    }

    private static long timeUs(final Id id) {
        return 1_790_000_000_000_000L + (id.high * 31 + id.low) % 1_000_000_007L;
    }

    private static Id id(final RandomGenerator random, final Kind kind, final List<Id> known) {
        if (!known.isEmpty() && random.nextInt(50) == 0) {
            return known.get(random.nextInt(known.size()));
        }
        if (random.nextInt(1_000) == 0) {
            return new Id(0, 0);
        }
        return switch (kind) {
            case HASHED -> new Id(random.nextLong(), random.nextLong());
            case COUNTED_LOW -> new Id(random.nextInt(4), known.size());
            case COUNTED_HIGH -> new Id(known.size(), 0);
            case SAME_LOW_BITS -> new Id(random.nextLong() << 48, random.nextLong() << 40);
            case FEW -> new Id(random.nextInt(100), random.nextInt(100));
        };
    }

    @Test
    void refusalLeavesItAsItWas() {
        final RandomGenerator random = Seeds.random("IdSetTest.refusal");
        final MemoryAccountant accountant = new MemoryAccountant(8 * REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1_024); IdSet set = new IdSet(pool, pool.use("dedup"))) {
            final IdBatch batch = new IdBatch(SEED);
            final List<Id> inserted = new ArrayList<>();
            boolean hasRoom = true;
            while (hasRoom) {
                final List<Id> ids = new ArrayList<>();
                for (int i = 0; i < IdBatch.MAX_IDS; i++) {
                    ids.add(new Id(random.nextLong(), random.nextLong()));
                    batch.set(i, ids.get(i).high, ids.get(i).low);
                }
                hasRoom = set.reserve(batch, 0, IdBatch.MAX_IDS);
                if (hasRoom) {
                    set.insert(batch, 0, IdBatch.MAX_IDS);
                    inserted.addAll(ids);
                }
            }
            assertTrue(inserted.size() > 50_000, () -> "refused after " + inserted.size());
            assertEquals(inserted.size(), set.size());
            assertFalse(set.contains(batch, 0));
            for (final Id id : inserted) {
                batch.set(0, id.high, id.low);
                assertTrue(set.contains(batch, 0));
            }
            // what was reserved in vain was given back
            batch.set(0, inserted.get(0).high, inserted.get(0).low);
            assertTrue(set.reserve(batch, 0, 1));
            set.cancel(batch, 0, 1);
        }
    }

    @Test
    void idsThatDifferInOneOrTwoBitsDiffer() {
        final IdBatch batch = new IdBatch(SEED);
        final Set<Id> seen = new HashSet<>();
        for (int first = 0; first < 128; first++) {
            for (int second = 0; second < 128; second++) {
                final long high = (first < 64 ? 1L << first : 0) ^ (second < 64 ? 1L << second : 0);
                final long low = (first < 64 ? 0 : 1L << first) ^ (second < 64 ? 0 : 1L << second);
                batch.set(0, high, low);
                if (first < second || first == 0) {
                    seen.add(new Id(0, batch.words[0]));
                }
            }
        }
        // all pairs, and the zero id that a pair of equals is; the words alone tell them apart
        assertEquals(128 * 127 / 2 + 1, seen.size());
    }

    /**
     * The probability of a false drop is that of two ids meeting in all 80 bits, if these are no worse than chance: then 2^20 ids meet
     * in 128 pairs, give or take 11, in any 32 of the bits. Counted ids may do better.
     */
    @Test
    void idsMeetNoMoreOftenThanByChance() {
        final RandomGenerator random = Seeds.random("IdSetTest.chance");
        final IdBatch batch = new IdBatch(random.nextLong());
        for (final Kind kind : List.of(Kind.HASHED, Kind.COUNTED_LOW, Kind.COUNTED_HIGH)) {
            final int[][] parts = new int[4][1 << 20];
            for (int i = 0; i < 1 << 20; i++) {
                final Id id = switch (kind) {
                    case COUNTED_LOW -> new Id(5, i);
                    case COUNTED_HIGH -> new Id(i, 0);
                    default -> new Id(random.nextLong(), random.nextLong());
                };
                batch.set(0, id.high, id.low);
                final long word = batch.words[0];
                parts[0][i] = (int) word;
                parts[1][i] = (int) (word >>> 32);
                parts[2][i] = (int) (word >>> 16);
                parts[3][i] = batch.rests[0] << 16 | (int) (word >>> 24) & 0xffff;
            }
            for (final int[] part : parts) {
                Arrays.sort(part);
                int pairs = 0;
                for (int i = 1; i < part.length; i++) {
                    pairs += part[i] == part[i - 1] ? 1 : 0;
                }
                final int met = pairs;
                assertTrue(met < 128 + 70, () -> met + " pairs of ids " + kind);
            }
        }
    }

    /** In an index of 64 bits some of 250 M ids a day would meet, and an event be dropped that is none. */
    @Test
    void idsThatDifferInTheRestAloneDiffer() {
        final MemoryAccountant accountant = new MemoryAccountant(8 * REGION_BYTES);
        final RegionSource source = RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES);
        try (BlockPool pool = new BlockPool(source, REGION_BYTES, 1_024); IdSet set = new IdSet(pool, pool.use("dedup"))) {
            final IdBatch batch = new IdBatch(SEED);
            final Set<Short> distinct = new HashSet<>();
            for (int i = 0; i < 64; i++) {
                distinct.add((short) (1 << i % Short.SIZE ^ i / Short.SIZE * 0x0301));
            }
            int ids = 0;
            for (final short rest : distinct) {
                batch.words[ids] = 0x1234_5678_9ABC_DEF0L;
                batch.rests[ids++] = rest;
            }
            assertTrue(set.reserve(batch, 0, ids));
            set.insert(batch, 0, ids);
            for (int rest = Short.MIN_VALUE; rest <= Short.MAX_VALUE; rest++) {
                batch.words[0] = 0x1234_5678_9ABC_DEF0L;
                batch.rests[0] = (short) rest;
                assertEquals(distinct.contains((short) rest), set.contains(batch, 0));
            }
        }
    }
}
