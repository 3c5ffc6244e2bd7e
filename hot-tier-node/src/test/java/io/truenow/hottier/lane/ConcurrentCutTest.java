package io.truenow.hottier.lane;

import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchView;
import io.truenow.testing.Await;
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A lane's thread appends and lets spans go while a query agent's thread takes cuts and scans them: whole batches, the rows of its vector.
 */
final class ConcurrentCutTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final long SPAN_US = 600_000_000L;
    private static final int BATCHES = 400;
    private static final int DROP_AT = 250;
    /** The writer lets the reader keep up this much, so that cuts fall everywhere. */
    private static final int PACE = 3;

    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final LaneExchange exchange = new LaneExchange();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<UnsafeBuffer> encoded = new ArrayList<>();
    /** Rows of the model after so many batches. */
    private final List<Integer> rowsAfter = new ArrayList<>(List.of(0));
    private volatile boolean readerDone;
    private volatile int comparisons;

    @RepeatedTest(4)
    void cutsAreWholeBatches() throws InterruptedException {
        final RandomGenerator random = Seeds.random("ConcurrentCutTest");
        final RandomRows rows = new RandomRows(random, random.nextBoolean() ? 200 : 3_000, FROM_US, FROM_US + 3 * SPAN_US);
        rows.extend();
        final Model model = new Model();
        while (encoded.size() < BATCHES) {
            final List<Row> batch = rows.batch();
            final UnsafeBuffer bytes = rows.encode(batch, encoded.size() + 1, FROM_US);
            if (bytes != null) {
                encoded.add(bytes);
                model.apply(batch, Long.MIN_VALUE);
                rowsAfter.add(model.size());
            }
        }
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory))) {
            final ShardStore shard = new ShardStore(memory, FakeGateway.SHARD_ID, FakeGateway.TABLE_ID);
            exchange.shards(List.of(shard));
            final Thread reader = new Thread(() -> read(random, rows, model, memory), "reader");
            reader.start();
            write(memory, shard);
            reader.join();
            shard.forget();
            assertNull(failure.get(), () -> "the reader failed: " + failure.get());
        }
        assertEquals(0, accountant.usedBytes());
    }

    private void write(final LaneMemory memory, final ShardStore shard) {
        final BatchApplier applier = new BatchApplier(memory);
        int retired = 0;
        int freed = 0;
        for (int i = 0; i < encoded.size(); i++) {
            final BatchView batch = new BatchView().wrap(encoded.get(i), 0, encoded.get(i).capacity());
            assertTrue(batch.isValid() && ShardUnderTest.apply(applier, shard, batch, 1, 1, Long.MIN_VALUE));
            if (i % PACE == 0 && i < DROP_AT) {
                final int seen = comparisons;
                Await.until("the reader compares", () -> comparisons > seen || failure.get() != null);
            }
            if (i == DROP_AT) {
                retired += retire(shard, FROM_US + SPAN_US);
            }
            freed += free();
        }
        retired += retire(shard, Long.MAX_VALUE);
        final int all = retired;
        final int[] count = {freed};
        Await.doing("all segments come back", () -> count[0] += free(), () -> count[0] == all || failure.get() != null);
        readerDone = true;
    }

    private int retire(final ShardStore shard, final long keptFromUs) {
        final Segment[] taken = shard.takeOlderThan(keptFromUs);
        exchange.retire(List.of(taken));
        return taken.length;
    }

    private int free() {
        int count = 0;
        exchange.flushRetired();
        for (Segment segment = exchange.pollReleased(); segment != null; segment = exchange.pollReleased()) {
            segment.free();
            count++;
        }
        return count;
    }

    private void read(final RandomGenerator seedSource, final RandomRows rows, final Model model, final LaneMemory memory) {
        final ShardCut cut = new ShardCut();
        try (ShardUnderTest tested = new ShardUnderTest(memory, new CubeLimits(1 << 12, 1, 0, 1 << 16))) {
            while (!readerDone) {
                final ShardStore shard = exchange.shards().get(FakeGateway.SHARD_ID);
                exchange.flushReleased();
                for (Segment segment = exchange.pollRetired(); segment != null; segment = exchange.pollRetired()) {
                    if (segment.retire()) {
                        tested.scans().tools().cubes().drop(segment.uid());
                        exchange.release(segment);
                    }
                }
                if (!cut.take(shard)) {
                    continue;
                }
                for (int i = 0; i < cut.segmentCount(); i++) {
                    cut.segment(i).acquire();
                }
                final int batches = cut.gatewayCount() == 0 ? 0 : (int)cut.sequence(0);
                // what was let go cannot be compared by the vector alone
                if (batches <= DROP_AT && (batches > 0 || cut.rowsHeld() == 0)) {
                    final Plan plan = Plan.random(seedSource, rows, FROM_US, FROM_US + 3 * SPAN_US);
                    tested.check(plan, cut, model.query(plan, rowsAfter.get(batches)));
                    assertEquals(rowsAfter.get(batches).longValue(), cut.rowsHeld());
                    comparisons = comparisons + 1;
                }
                for (int i = 0; i < cut.segmentCount(); i++) {
                    if (cut.segment(i).release()) {
                        tested.scans().tools().cubes().drop(cut.segment(i).uid());
                        exchange.release(cut.segment(i));
                    }
                }
                cut.clear();
            }
        } catch (final Throwable e) {
            failure.set(e);
        }
    }
}
