package io.truenow.gateway.journal;

import io.truenow.fabric.position.Position;
import io.truenow.testing.Seeds;
import org.agrona.collections.IntHashSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class JournalIndexTest {
    private static final int SHARDS = 4;
    private static final long NEED_US = 1_000;

    private record Batch(long index, int cycle, int shardId, long incarnation, long sequence, int tableId, long maxEventTimeUs) {
    }

    private final JournalIndex index = new JournalIndex();

    @Test
    void anEmptyJournalHoldsNothing() {
        assertEquals(JournalIndex.NOWHERE, index.firstIndex());
        assertEquals(JournalIndex.NOWHERE, index.startAfter(1, 0, 0));
        assertEquals(0, index.bytes());
        assertEquals(List.of(), index.expiredCycles(0, table -> 0));
    }

    @Test
    void whatIsReadInVainIsASectionAtMost() {
        final long documentBytes = JournalIndex.SECTION_BYTES / 4;
        for (int i = 0; i < 40; i++) {
            index.onDocument(1, i, documentBytes);
            index.onBatch(7, 1, i + 1, 3, 0);
        }
        for (int sent = 0; sent < 40; sent++) {
            final long start = index.startAfter(7, 1, sent);
            assertTrue(start <= sent && sent - start <= 4, "after " + sent + " from " + start);
        }
        assertEquals(40 * documentBytes, index.bytes());
    }

    @Test
    void aFileGoesWhenTheLastOfItsEventsIsNeededNoMore() {
        index.onDocument(1, 10, 100);
        index.onBatch(7, 1, 1, 3, 500);
        index.onBatch(8, 1, 1, 4, 400);
        index.onBatch(7, 1, 2, 3, 100);
        index.onDocument(2, 20, 100);
        index.onBatch(7, 1, 3, 3, 0);
        index.onDocument(3, 30, 100);
        assertEquals(List.of(), index.expiredCycles(1_499, table -> NEED_US));
        assertEquals(List.of(1, 2), index.expiredCycles(1_500, table -> NEED_US), "and what follows with it, the current file excepted");
        assertEquals(List.of(), index.expiredCycles(1_500, table -> table == 4 ? NEED_US + 101 : NEED_US), "one table needs it longer");
    }

    /** Beside a plain list of all batches. */
    @RepeatedTest(40)
    void findsAndForgetsAsThePlainListDoes() {
        final RandomGenerator random = Seeds.random("journal-index");
        final List<Batch> batches = new ArrayList<>();
        final TreeSet<Integer> cycles = new TreeSet<>();
        final long[] sequences = new long[SHARDS];
        long incarnation = 1;
        int cycle = 5;
        long documents = 0;
        long heldBytes = 0;
        final long[] bytesOfCycle = new long[1_000];
        for (int step = 0; step < 200; step++) {
            final int choice = random.nextInt(20);
            if (choice == 0) {
                cycle += 1 + random.nextInt(3);
            } else if (choice == 1) {
                incarnation++;
                Arrays.fill(sequences, 0);
            } else if (choice == 2 && !cycles.isEmpty() && cycles.first() != cycle) {
                final int removed = cycles.pollFirst();
                final TreeSet<Integer> before = shardsOf(batches);
                batches.removeIf(batch -> batch.cycle == removed);
                before.removeAll(shardsOf(batches));
                heldBytes -= bytesOfCycle[removed];
                final IntHashSet emptied = index.remove(removed);
                assertEquals(before, new TreeSet<>(emptied));
            } else {
                final long length = random.nextInt(3) == 0 ? JournalIndex.SECTION_BYTES / 3 : 100;
                final long at = ((long) cycle << 32) + documents++;
                index.onDocument(cycle, at, length);
                cycles.add(cycle);
                heldBytes += length;
                bytesOfCycle[cycle] += length;
                for (int i = random.nextInt(3); i >= 0; i--) {
                    final int shard = random.nextInt(SHARDS);
                    final Batch batch =
                        new Batch(at, cycle, shard, incarnation, ++sequences[shard], random.nextInt(2), random.nextInt(5_000));
                    batches.add(batch);
                    index.onBatch(shard, incarnation, batch.sequence, batch.tableId, batch.maxEventTimeUs);
                }
            }
            assertEquals(heldBytes, index.bytes());
            assertEquals(batches.isEmpty() ? JournalIndex.NOWHERE : batches.getFirst().index, index.firstIndex());
            verifyStart(batches, random.nextInt(SHARDS), random.nextLong(incarnation + 1), random.nextInt(30));
            verifyExpired(batches, cycles, random.nextInt(7_000));
        }
    }

    private static TreeSet<Integer> shardsOf(final List<Batch> batches) {
        final TreeSet<Integer> shards = new TreeSet<>();
        batches.forEach(batch -> shards.add(batch.shardId));
        return shards;
    }

    private void verifyStart(final List<Batch> batches, final int shardId, final long incarnation, final long sequence) {
        final List<Batch> ofShard = batches.stream().filter(batch -> batch.shardId == shardId).toList();
        final long start = index.startAfter(shardId, incarnation, sequence);
        assertEquals(ofShard.isEmpty(), start == JournalIndex.NOWHERE);
        for (final Batch batch : ofShard) {
            assertTrue(batch.index >= start || Position.reached(incarnation, sequence, batch.incarnation, batch.sequence),
                () -> "after " + incarnation + '/' + sequence + " from " + start + " misses " + batch);
        }
    }

    private void verifyExpired(final List<Batch> batches, final TreeSet<Integer> cycles, final long nowUs) {
        final List<Integer> expired = new ArrayList<>();
        for (final int cycle : cycles) {
            if (cycle == cycles.last() || batches.stream().anyMatch(
                batch -> batch.cycle == cycle && batch.maxEventTimeUs + NEED_US * (1 + batch.tableId) > nowUs)) {
                break;
            }
            expired.add(cycle);
        }
        assertEquals(expired, index.expiredCycles(nowUs, table -> NEED_US * (1 + table)));
    }
}
