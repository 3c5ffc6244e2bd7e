package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whatever was inserted with a tag that lives is found with that tag; of the rest little is. */
final class IdFilterTest {
    private static final int REGION_BYTES = 1 << 20;

    private final RandomGenerator random = Seeds.random("IdFilterTest");
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final BlockPool pool = new BlockPool(
        RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES), REGION_BYTES, 1_024);
    private final BlockUse use = pool.use("id-filter");
    private final IdBatch batch = new IdBatch(random.nextLong());
    private final IdFilter filter = new IdFilter(pool, use);

    /** What a span has. */
    private record SpanIds(int tag, List<Long> ids) {
    }

    @AfterEach
    void giveBack() {
        filter.close();
        assertEquals(0, use.usedBytes());
        pool.close();
        assertEquals(0, accountant.usedBytes());
    }

    @RepeatedTest(4)
    void findsWhatIsThereInSpansThatComeAndGo() {
        final ArrayDeque<SpanIds> spans = new ArrayDeque<>();
        final int mostSpans = 1 + random.nextInt(200);
        long nextId = random.nextLong(1L << 40);
        if (random.nextBoolean()) {
            expect(random.nextInt(400_000));
        }
        long newIds = 0;
        long suspectsAmongNew = 0;
        for (int round = 0; round < 600; round++) {
            if (spans.isEmpty() || random.nextInt(3) == 0) {
                spans.add(new SpanIds(filter.takeTag(), new ArrayList<>()));
            }
            final SpanIds span = spans.peekLast();
            final int count = 1 + random.nextInt(random.nextInt(4) == 0 ? IdBatch.MAX_IDS : 200);
            set(count, nextId);
            filter.look(batch, count);
            newIds += count;
            suspectsAmongNew += batch.suspectCount();
            assertTrue(filter.reserve(batch, 0, count));
            for (int i = 0; i < count; i++) {
                if (random.nextInt(8) == 0) {
                    filter.cancel(batch, i);
                } else {
                    filter.insert(batch, i, span.tag, (int) (nextId + i) & 63);
                    span.ids.add(nextId + i);
                }
            }
            nextId += count;
            while (spans.size() > mostSpans) {
                filter.release(spans.pollFirst().tag);
            }
            if (filter.isToSweep() || random.nextInt(4) == 0) {
                filter.sweepSome(random.nextInt(3));
            }
            if (round % 20 == 0) {
                spans.forEach(this::holdsSome);
            }
        }
        spans.forEach(this::holdsAll);
        assertTrue(suspectsAmongNew < newIds / 50, suspectsAmongNew + " of " + newIds);
        while (!spans.isEmpty()) {
            filter.release(spans.pollLast().tag);
            if (spans.isEmpty()) {
                assertTrue(filter.isUnused(), "nothing lives");
            }
        }
        assertEquals(0, use.usedBytes());
    }

    @Test
    void roomOfWhatIsGoneIsUsedAgain() {
        long nextId = 0;
        long bytesAfterSome = 0;
        final ArrayDeque<Integer> tags = new ArrayDeque<>();
        for (int span = 0; span < 400; span++) {
            final int tag = filter.takeTag();
            tags.add(tag);
            for (int i = 0; i < 4; i++) {
                insert(4_096, nextId, tag);
                nextId += 4_096;
            }
            if (tags.size() > 10) {
                filter.release(tags.pollFirst());
                while (filter.isToSweep()) {
                    filter.sweepSome(2);
                }
            }
            if (span == 250) {
                bytesAfterSome = use.usedBytes();
            }
        }
        assertEquals(bytesAfterSome, use.usedBytes(), "as many are held all the time");
        assertTrue(use.usedBytes() < 11 * 4 * 4_096 * 10L, "bytes an id: " + use.usedBytes() / (11 * 4 * 4_096.0));
    }

    @Test
    void isRarelyMistakenAndGrowsSmoothly() {
        final int tag = filter.takeTag();
        final int count = 3_000_000;
        int doubledAtOnceBytes = 0;
        for (long id = 0; id < count; id += 4_000) {
            final long before = use.usedBytes();
            insert(4_000, id, tag);
            if (id > count / 2) {
                doubledAtOnceBytes = Math.max(doubledAtOnceBytes, (int) (use.usedBytes() - before));
            }
        }
        assertTrue(doubledAtOnceBytes <= 8 << 17, "pages that doubled for one batch: " + (doubledAtOnceBytes >> 17));
        final double bytesPerId = (double) use.usedBytes() / count;
        assertTrue(bytesPerId > 4 && bytesPerId < 10, "bytes an id: " + bytesPerId);
        long suspects = 0;
        for (long id = 1L << 50; id < (1L << 50) + count; id += 4_000) {
            set(4_000, id);
            filter.look(batch, 4_000);
            suspects += batch.suspectCount();
        }
        // 16 times from a page of 4 buckets on: 15 x 18 / 2^17
        assertTrue(suspects < count * 15 * 18 / (1 << 17) * 2L, suspects + " of " + count);
        // built at its size it has whole keys
        filter.release(tag);
        final int again = filter.takeTag();
        expect(count);
        for (long id = 0; id < count; id += 4_000) {
            insert(4_000, id, again);
        }
        long suspectsOfWhole = 0;
        for (long id = 1L << 50; id < (1L << 50) + count; id += 4_000) {
            set(4_000, id);
            filter.look(batch, 4_000);
            suspectsOfWhole += batch.suspectCount();
        }
        assertTrue(suspectsOfWhole < suspects / 2, suspectsOfWhole + ", and " + suspects + " of the one that grew");
    }

    @Test
    void holdsIdsThatAllMeet() {
        final int tag = filter.takeTag();
        final int other = filter.takeTag();
        insert(4_000, 0, tag);
        final int count = 400;
        // the same bucket and control byte, whatever the size of the page; and the same but for one bit of the key
        for (int i = 0; i < count; i++) {
            batch.words[i] = 0x1234_5678_9ABC_DE42L ^ (long) (i & 1) << 30;
        }
        assertTrue(filter.reserve(batch, 0, count));
        for (int i = 0; i < count; i++) {
            filter.insert(batch, i, (i & 1) == 0 ? tag : other, i & 63);
        }
        insert(200_000, 1L << 41, tag);
        for (int i = 0; i < 2; i++) {
            batch.words[i] = 0x1234_5678_9ABC_DE42L ^ (long) (i & 1) << 30;
            filter.look(batch, i + 1);
            filter.findCandidates(batch, i);
            assertTrue(hasCandidate(i == 0 ? tag : other));
        }
        filter.release(other);
        filter.sweepSome(Integer.MAX_VALUE);
        assertFalse(filter.isToSweep());
        batch.words[0] = 0x1234_5678_9ABC_DE42L;
        filter.findCandidates(batch, 0);
        assertTrue(batch.candidateCount() >= count / 2);
        assertFalse(hasCandidate(other));
    }

    @Test
    void tellsWhenThereIsNoRoomAndStaysAsItWas() {
        final MemoryAccountant little = new MemoryAccountant(REGION_BYTES);
        try (BlockPool small = new BlockPool(RegionSource.inline(little.tag("regions", REGION_BYTES), REGION_BYTES), REGION_BYTES, 4);
            IdFilter full = new IdFilter(small, small.use("id-filter"))) {
            final int tag = full.takeTag();
            int inserted = 0;
            set(1_000, 0);
            while (full.reserve(batch, 0, 1_000)) {
                for (int i = 0; i < 1_000; i++) {
                    full.insert(batch, i, tag, 0);
                }
                inserted += 1_000;
                set(1_000, inserted);
            }
            assertTrue(inserted > 60_000 && inserted < 250_000, "ids in 1 MiB: " + inserted);
            for (int from = 0; from < inserted; from += 1_000) {
                set(1_000, from);
                assertHolds(full, 1_000, tag);
            }
            final int next = full.takeTag();
            full.release(tag);
            full.sweepSome(Integer.MAX_VALUE);
            // chance fills pages differently
            for (int from = 0; from < inserted * 3 / 4; from += 1_000) {
                set(1_000, 1L << 42 | from);
                assertTrue(full.reserve(batch, 0, 1_000), "the room of what is gone");
                for (int i = 0; i < 1_000; i++) {
                    full.insert(batch, i, next, 0);
                }
            }
        }
    }

    /** To take few entries out costs as much as to take out many. */
    @Test
    void aPageWithFewDeadEntriesDoublesAsIfThereWereNone() {
        final int ids = idsUntilDoubled(0);
        assertEquals(ids, idsUntilDoubled(50), "a twentieth of what is there");
        assertTrue(idsUntilDoubled(500) > ids + 300, "the room of half of them is used first");
    }

    /** How many ids a filter takes beyond 1 000, of which so many are gone, before it needs more memory. */
    private int idsUntilDoubled(final int gone) {
        try (IdFilter some = new IdFilter(pool, use)) {
            final int few = some.takeTag();
            final int many = some.takeTag();
            final long usedBefore = use.usedBytes();
            set(1_000, 0);
            assertTrue(some.reserve(batch, 0, 1_000));
            for (int i = 0; i < 1_000; i++) {
                some.insert(batch, i, i < gone ? few : many, 0);
            }
            some.release(few);
            final long bytes = use.usedBytes();
            assertTrue(bytes > usedBefore);
            int inserted = 0;
            while (use.usedBytes() == bytes) {
                set(1, 1_000 + inserted);
                assertTrue(some.reserve(batch, 0, 1));
                some.insert(batch, 0, many, 0);
                inserted++;
            }
            return inserted;
        }
    }

    /** A page with few dead entries is doubled rather than swept; but where there is no memory, they are all the room there is. */
    @Test
    void evenLittleRoomOfWhatIsGoneIsUsedBeforeABatchIsRefused() {
        final MemoryAccountant little = new MemoryAccountant(REGION_BYTES);
        try (BlockPool small = new BlockPool(RegionSource.inline(little.tag("regions", REGION_BYTES), REGION_BYTES), REGION_BYTES, 4);
            IdFilter full = new IdFilter(small, small.use("id-filter"))) {
            final int few = full.takeTag();
            final int many = full.takeTag();
            set(100, 0);
            int inserted = 0;
            while (full.reserve(batch, 0, 100)) {
                for (int i = 0; i < 100; i++) {
                    full.insert(batch, i, inserted % 3_000 == 0 ? few : many, 0);
                }
                inserted += 100;
                set(100, inserted);
            }
            assertFalse(full.reserve(batch, 0, 100), "nothing was reserved");
            full.release(few);
            assertTrue(full.reserve(batch, 0, 100));
            for (int i = 0; i < 100; i++) {
                full.insert(batch, i, many, 0);
            }
            assertHolds(full, 100, many);
            for (int from = 0; from < inserted; from += 100) {
                if (from % 3_000 != 0) {
                    set(100, from);
                    assertHolds(full, 100, many);
                }
            }
        }
    }

    /** A batch that finds no room leaves its spans, and these their tags. */
    @Test
    void tagsStayTakenWhereThereIsNoRoomForTheFirstPage() {
        final MemoryAccountant none = new MemoryAccountant(0);
        final MemoryAccountant some = new MemoryAccountant(REGION_BYTES);
        final boolean[] hasRoom = {false};
        final RegionSource refuses = RegionSource.inline(none.tag("regions", REGION_BYTES), REGION_BYTES);
        final RegionSource gives = RegionSource.inline(some.tag("regions", REGION_BYTES), REGION_BYTES);
        try (BlockPool small = new BlockPool(() -> hasRoom[0] ? gives.poll() : refuses.poll(), REGION_BYTES, 4);
            IdFilter young = new IdFilter(small, small.use("id-filter"))) {
            final int first = young.takeTag();
            final int second = young.takeTag();
            set(10, 0);
            assertFalse(young.reserve(batch, 0, 10));
            assertTrue(young.isUnused());
            hasRoom[0] = true;
            assertTrue(young.reserve(batch, 0, 10));
            for (int i = 0; i < 10; i++) {
                young.insert(batch, i, second, 0);
            }
            final int third = young.takeTag();
            assertTrue(third != first && third != second, "a span has it");
            young.release(first);
            young.release(third);
            assertHolds(young, 10, second);
            young.release(second);
            assertTrue(young.isUnused());
        }
    }

    @Test
    void tagsAreOfOneSpanAtATime() {
        final int first = filter.takeTag();
        assertNotEquals(IdFilter.NO_TAG, first);
        final int second = filter.takeTag();
        assertNotEquals(first, second);
        filter.release(first);
        assertThrows(IllegalStateException.class, () -> filter.release(first));
        assertNotEquals(first, filter.takeTag(), "entries may have it");
        for (int i = 0; i < 1_000; i++) {
            filter.release(filter.takeTag());
        }
        final int third = filter.takeTag();
        assertTrue(third > 0 && third < IdFilter.TAG_END && third != second);
        int taken = 3;
        while (filter.takeTag() != IdFilter.NO_TAG) {
            taken++;
        }
        assertEquals(IdFilter.TAG_END - 1, taken);
    }

    private void expect(final long ids) {
        filter.beginExpect(ids);
        while (filter.isExpecting()) {
            assertTrue(filter.expectMore(3));
        }
    }

    private void insert(final int count, final long firstId, final int tag) {
        for (int from = 0; from < count; from += IdBatch.MAX_IDS) {
            final int some = Math.min(IdBatch.MAX_IDS, count - from);
            set(some, firstId + from);
            assertTrue(filter.reserve(batch, 0, some));
            for (int i = 0; i < some; i++) {
                filter.insert(batch, i, tag, 0);
            }
        }
    }

    private void set(final int count, final long firstId) {
        for (int i = 0; i < count; i++) {
            batch.set(i, 0, firstId + i);
        }
    }

    private void holdsSome(final SpanIds span) {
        if (!span.ids.isEmpty()) {
            final int from = random.nextInt(span.ids.size());
            holds(span, from, Math.min(span.ids.size(), from + 100));
        }
    }

    private void holdsAll(final SpanIds span) {
        for (int from = 0; from < span.ids.size(); from += 1_000) {
            holds(span, from, Math.min(span.ids.size(), from + 1_000));
        }
    }

    private void holds(final SpanIds span, final int from, final int to) {
        for (int i = from; i < to; i++) {
            batch.set(i - from, 0, span.ids.get(i));
        }
        assertHolds(filter, to - from, span.tag);
        assertHints(span, from, to);
    }

    private void assertHolds(final IdFilter sought, final int count, final int tag) {
        sought.look(batch, count);
        final boolean[] isSuspect = new boolean[count];
        for (int i = 0; i < batch.suspectCount(); i++) {
            isSuspect[batch.suspect(i)] = true;
        }
        for (int i = 0; i < count; i++) {
            assertTrue(isSuspect[i]);
            sought.findCandidates(batch, i);
            assertTrue(hasCandidate(tag));
        }
    }

    /** Entries keep their hints wherever they move. */
    private void assertHints(final SpanIds span, final int from, final int to) {
        for (int i = from; i < to; i++) {
            filter.findCandidates(batch, i - from);
            boolean isFound = false;
            for (int candidate = 0; candidate < batch.candidateCount(); candidate++) {
                isFound |= batch.candidateTag(candidate) == span.tag && batch.candidateHint(candidate) == (span.ids.get(i) & 63);
            }
            assertTrue(isFound);
        }
    }

    private boolean hasCandidate(final int tag) {
        for (int i = 0; i < batch.candidateCount(); i++) {
            if (batch.candidateTag(i) == tag) {
                return true;
            }
        }
        return false;
    }
}
