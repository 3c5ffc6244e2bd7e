package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** No file may be deleted, and no damaged one settled, before the state of its shard is durable. */
final class KeepingTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final MemoryAccountant accountant = new MemoryAccountant(1 << 20);
    private final LaneMemory memory = new LaneMemory(
        new BlockPool(RegionSource.inline(accountant.tag("regions", 1 << 20), 1 << 18), 1 << 18, 4), 42);
    private final SealExchange seals = new SealExchange();
    private final List<FileSegment> kept = new ArrayList<>();
    private final Keeping keeping = new Keeping(seals, kept::add);
    private final ShardStore one = new ShardStore(memory, 1, 9);
    private final ShardStore other = new ShardStore(memory, 2, 9);
    private final FileSegment file = new FakeFile(11, 0, 5);
    private final FileSegment later = new FakeFile(12, 0, 5);
    private final FileSegment others = new FakeFile(13, 0, 5);
    /** The clock of a process may begin anywhere: it passes the greatest value while this runs. */
    private long nowNs = Long.MAX_VALUE - SECOND_NS / 2;

    @AfterEach
    void close() {
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void filesMayBeDeletedWhenTheStateOfTheirShardIsDurable() {
        assertEquals(0, keeping.doWork(nowNs), "nothing is to be kept");
        assertNull(seals.pollTask());
        final long uidBefore = one.newUid();
        one.publishState(3, true, 700);
        keeping.keep(one, List.of(file));
        keeping.keep(one, List.of(later));
        assertEquals(1, keeping.doWork(nowNs));
        final SealTask.Keep task = task(one);
        assertEquals(700, task.shards().getFirst().availableFromUs());
        assertTrue(task.uid() > uidBefore, "greater than that of any segment");
        assertEquals(0, keeping.doWork(nowNs));
        assertEquals(List.of(), kept);
        done(task);
        assertEquals(List.of(file, later), kept);
        assertEquals(0, keeping.doWork(nowNs), "that is over");
        assertNull(seals.pollTask(), "no damaged files were to be settled");
    }

    @Test
    void whatComesWhileATaskIsUnderWayGoesWithTheNext() {
        keeping.keep(one, List.of(file));
        keeping.doWork(nowNs);
        final SealTask.Keep first = task(one);
        one.publishState(1, true, 800);
        keeping.keep(one, List.of(later));
        keeping.keep(other, List.of(others));
        assertEquals(0, keeping.doWork(nowNs), "one task at a time");
        assertNull(seals.pollTask());
        done(first);
        assertEquals(List.of(file), kept, "the state that is durable does not say that the later one went");
        assertEquals(1, keeping.doWork(nowNs), "at once");
        final SealTask.Keep second = task(one, other);
        assertEquals(800, second.shards().getFirst().availableFromUs());
        done(second);
        assertEquals(List.of(file, later, others), kept);
    }

    @Test
    void manyShardsShareTasksOfBoundedSize() {
        final List<ShardState> states = new ArrayList<>();
        final int shardCount = 600;
        for (int id = 1; id <= shardCount; id++) {
            keeping.keep(new ShardStore(memory, id, 9), List.of(new FakeFile(id, 0, 1)));
        }
        int tasks = 0;
        while (keeping.doWork(nowNs) > 0) {
            final SealTask.Keep task = (SealTask.Keep) seals.pollTask();
            assertTrue(task.shards().size() <= 256, "the lane would stall");
            states.addAll(task.shards());
            done(task);
            tasks++;
        }
        assertEquals(3, tasks);
        for (int i = 0; i < shardCount; i++) {
            assertEquals(i + 1, states.get(i).shardId(), "in the order in which they came, each once");
            assertEquals(i + 1, kept.get(i).uid());
        }
        assertEquals(shardCount, states.size());
        assertEquals(shardCount, kept.size());
    }

    @Test
    void whatFailedIsTriedAgainLaterAndLaterAndThenAtOnce() {
        keeping.keep(one, List.of(file));
        assertEquals(1, keeping.doWork(nowNs));
        for (final int seconds : new int[] {1, 2, 4, 8, 16, 32, 64, 64, 64}) {
            fail(task(one));
            assertEquals(List.of(), kept);
            nowNs += seconds * SECOND_NS - 1;
            assertEquals(0, keeping.doWork(nowNs));
            assertNull(seals.pollTask());
            nowNs++;
            assertEquals(1, keeping.doWork(nowNs));
        }
        one.publishState(1, true, 900);
        fail(task(one));
        nowNs += 64 * SECOND_NS;
        keeping.doWork(nowNs);
        final SealTask.Keep last = task(one);
        assertEquals(900, last.shards().getFirst().availableFromUs(), "as it is by then");
        done(last);
        assertEquals(List.of(file), kept);
        keeping.keep(one, List.of(later));
        assertEquals(1, keeping.doWork(nowNs), "the disk works again");
        fail(task(one));
        nowNs += SECOND_NS;
        assertEquals(1, keeping.doWork(nowNs), "its first failure since");
        done(task(one));
        assertEquals(List.of(file, later), kept);
    }

    @Test
    void whatFailedAndWhatCameMeanwhileAreKeptTogether() {
        keeping.keep(one, List.of(file));
        keeping.doWork(nowNs);
        keeping.keep(one, List.of(later));
        fail(task(one));
        nowNs += SECOND_NS;
        keeping.doWork(nowNs);
        done(task(one));
        assertEquals(2, kept.size());
        assertTrue(kept.containsAll(List.of(file, later)));
        assertEquals(0, keeping.doWork(nowNs));
    }

    @Test
    void damagedFilesAreSettledWhenTheStateIsDurableThoughItFailedFirst() {
        keeping.settle(one);
        keeping.keep(other, List.of(others));
        keeping.doWork(nowNs);
        fail(task(one, other));
        assertNull(seals.pollTask(), "what is missing would not be known after a reboot");
        nowNs += SECOND_NS;
        keeping.doWork(nowNs);
        done(task(one, other));
        assertEquals(new SealTask.Settle(1), seals.pollTask());
        assertNull(seals.pollTask(), "nothing of the other is damaged");
        keeping.keep(one, List.of(file));
        keeping.doWork(nowNs);
        done(task(one));
        assertNull(seals.pollTask(), "once is enough");
    }

    @Test
    void filesOfAShardThatLeavesWaitForNothing() {
        keeping.forget(one);
        assertEquals(List.of(), kept, "nothing of it waited");
        keeping.keep(one, List.of(file));
        keeping.settle(one);
        keeping.keep(other, List.of(others));
        keeping.forget(one);
        assertEquals(List.of(file), kept);
        assertEquals(1, keeping.doWork(nowNs));
        done(task(other));
        assertEquals(List.of(file, others), kept);
        assertNull(seals.pollTask());
        assertEquals(0, keeping.doWork(nowNs));
    }

    @Test
    void shardThatLeavesWhileItIsKeptIsNeitherSettledNorTriedAgain() {
        for (final boolean isKept : new boolean[] {true, false}) {
            kept.clear();
            keeping.keep(one, List.of(file));
            keeping.settle(one);
            keeping.keep(other, List.of(others));
            keeping.doWork(nowNs);
            final SealTask.Keep task = task(one, other);
            keeping.forget(one);
            if (isKept) {
                done(task);
                assertEquals(List.of(file, others), kept);
            } else {
                fail(task);
                assertEquals(List.of(file), kept, "its files go with it, those of the other stay");
                nowNs += SECOND_NS;
                keeping.doWork(nowNs);
                done(task(other));
                assertEquals(List.of(file, others), kept);
            }
            assertNull(seals.pollTask(), "a shard that comes back under this id is another");
            assertEquals(0, keeping.doWork(nowNs));
        }
    }

    private SealTask.Keep task(final ShardStore... shards) {
        final SealTask.Keep task = (SealTask.Keep) seals.pollTask();
        assertEquals(
            List.of(shards).stream().map(ShardStore::shardId).toList(), task.shards().stream().map(ShardState::shardId).toList());
        return task;
    }

    private void done(final SealTask.Keep task) {
        keeping.onDone(new SealDone(task, null, null), nowNs);
    }

    private void fail(final SealTask.Keep task) {
        keeping.onDone(new SealDone(task, null, "no space left"), nowNs);
    }
}
