package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.hash.IdFilter;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How a span knows the ids of its rows in memory: by reading rows, by a table where that is worth while, and without room for one. */
final class SpanIdsTest {
    private static final long T = Spans.floor(1_795_000_200_000_000L);
    private static final int REGION_BYTES = 1 << 18;
    private static final int BATCH_ROWS = 1_000;

    private final RandomGenerator random = Seeds.random("SpanIdsTest");
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final RegionSource inline = RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), REGION_BYTES);
    private boolean mayGrow = true;
    private final LaneMemory memory = new LaneMemory(new BlockPool(() -> mayGrow ? inline.poll() : null, REGION_BYTES, 1_024), 42);
    private final ShardStore shard = new ShardStore(memory, 7, 3);
    private final BatchApplier applier = new BatchApplier(memory);
    private final BatchBuilder builder = new BatchBuilder(
        new TableBinding(new TableBinding.Schema(3, 1, 2, 1, 1), List.of("d"), List.of("m"), List.of(7)), 0);
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
    private long sequence;
    private int events;

    @AfterEach
    void close() {
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
        }
        shard.forget();
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void fewRepeatsAreLookedForInTheRows() {
        addNew();
        for (int i = 0; i < 300; i++) {
            final int same = random.nextInt(events);
            final int other = (same + 1 + random.nextInt(events - 1)) % events;
            final int first = events;
            events += BATCH_ROWS - 2;
            send(BATCH_ROWS, row -> row == 0 ? same : row == 1 ? other : first + row - 2, row -> row == 1 ? 1 : 0);
            assertEquals(2, applier.rowsRepeated());
            assertEquals(1, applier.rowsRepeatedWithOtherTime(), "rows know their time");
        }
        assertTrue(memory.dedup().usedBytes() <= events * 2L, "a table would have cost more");
        assertEquals(events, shard.rowsHeld());
    }

    @Test
    void manyRepeatsMakeATableWhichStaysBehindUntilItIsWantedAgain() {
        for (int i = 0; i < 40; i++) {
            addNew();
        }
        repeatAll();
        final long bytes = memory.dedup().usedBytes();
        assertTrue(bytes > events * 10L, "bytes of the table: " + bytes);
        addNew();
        assertEquals(bytes, memory.dedup().usedBytes());
        shard.freeze(shard.span(T));
        addNew();
        addNew();
        repeatAll();
        assertTrue(memory.dedup().usedBytes() >= bytes);
        assertTrue(shard.span(T).ids().isReady());
        for (int hint = 0; hint < IdFilter.HINT_END; hint++) {
            assertTrue(shard.span(T).ids().rowsToRead(random.nextLong(), hint) < BATCH_ROWS, "the table has about all that is there");
        }
    }

    /** In a span where a hint names several blocks of a segment, those that were read in vain are read seldom again. */
    @Test
    void blocksOfALongSegmentAreReadOnce() {
        final int blocks = 3 * IdFilter.HINT_END;
        while (shard.span(T) == null || shard.span(T).segment(0).blockCount() < blocks) {
            addNew();
        }
        final SpanIds ids = shard.span(T).ids();
        final int hint = 5;
        final IdBatch sought = new IdBatch(42);
        long rows = 0;
        for (int i = hint; i < blocks; i += IdFilter.HINT_END) {
            rows += ((OpenSegment) shard.span(T).segment(0)).block(i).rowCount();
        }
        for (int i = 0; i < 20; i++) {
            sought.set(0, -1 - i, 0);
            assertEquals(SpanIds.Match.NONE, ids.find(sought, 0, hint, -1 - i, 0, T));
        }
        final long bytes = memory.dedup().usedBytes();
        assertTrue(bytes >= rows && bytes <= 2L * events, "a byte for each row that was read, at most two: " + bytes);
        long read = 0;
        for (int i = 0; i < 1_000; i++) {
            read += ids.rowsToRead(random.nextLong(), hint);
        }
        assertTrue(read < 1_000 * rows / 8, "rows to read of " + rows + ": " + read / 1_000);
        for (int i = 0; i < 30; i++) {
            final int same = random.nextInt(events - 1);
            send(2, row -> same + row, _ -> 0);
            assertEquals(2, applier.rowsRepeated());
        }
    }

    @Test
    void withoutRoomForABloomFilterBlocksAreReadEachTime() {
        while (shard.span(T) == null || shard.span(T).segment(0).blockCount() < IdFilter.HINT_END + 10) {
            addNew();
        }
        useUpMemory();
        final long bytes = memory.dedup().usedBytes();
        for (int i = 0; i < 30; i++) {
            final int same = random.nextInt(events - 1);
            send(2, row -> same + row, _ -> 0);
            assertEquals(2, applier.rowsRepeated());
        }
        assertEquals(bytes, memory.dedup().usedBytes());
    }

    /** Most rows of each batch are repeated, some are new: a table is never far ahead, and never far behind. */
    @Test
    void repeatsAndNewRowsInTurn() {
        addNew();
        for (int i = 0; i < 60; i++) {
            final int known = events;
            final int from = random.nextInt(events);
            events += 200;
            send(BATCH_ROWS, row -> row < 200 ? known + row : (from + row) % known, _ -> 0);
            assertEquals(BATCH_ROWS - 200, applier.rowsRepeated());
            assertEquals(0, applier.rowsRepeatedWithOtherTime());
            if (random.nextInt(10) == 0) {
                shard.freeze(shard.span(T));
            }
        }
        assertEquals(events, shard.rowsHeld());
    }

    @Test
    void withoutRoomForATableRowsAreRead() {
        for (int i = 0; i < 60; i++) {
            addNew();
        }
        useUpMemory();
        repeatAll();
        assertTrue(applier.hasTakenLong());
        assertEquals(0, memory.dedup().usedBytes());
        assertEquals(events, shard.rowsHeld());
        memory.pool().uses().forEach(use -> assertTrue(use.usedBytes() >= 0));
    }

    @Test
    void batchThatWouldReadTooMuchWaitsForRoom() {
        for (int i = 0; i < 120; i++) {
            addNew();
            if (i % 40 == 39) {
                shard.freeze(shard.span(T));
            }
        }
        useUpMemory();
        // of the same block in three segments, and a batch as large as one may be
        final BatchView batch = batch(1_450, row -> 20_000 + row, _ -> 0);
        int offers = 1;
        while (!applier.apply(shard, batch, 1, 1, Long.MIN_VALUE) && applier.isPreparing()) {
            assertTrue(offers++ < 100);
        }
        assertFalse(applier.isPreparing(), "there is no room");
        mayGrow = true;
        apply(batch);
        assertEquals(1_450, applier.rowsRepeated());
        assertTrue(memory.dedup().usedBytes() > 0);
    }

    @Test
    void rowsThatComeAgainWithinABatchAreFoundThere() {
        events = 300;
        send(900, row -> row / 3, row -> row % 3 == 2 ? 5 : 0);
        assertEquals(600, applier.rowsRepeated());
        assertEquals(300, applier.rowsRepeatedWithOtherTime());
        assertEquals(300, shard.rowsHeld());
    }

    private void useUpMemory() {
        mayGrow = false;
        int size = REGION_BYTES;
        while (size >= BlockPool.MIN_BLOCK_BYTES) {
            size = memory.pool().allocate(memory.rows(), size) == BlockPool.NONE ? size / 2 : size;
        }
    }

    private void addNew() {
        final int first = events;
        events += BATCH_ROWS;
        send(BATCH_ROWS, row -> first + row, _ -> 0);
        assertEquals(0, applier.rowsRepeated());
        assertEquals(events, shard.rowsHeld());
    }

    /** All events again, a quarter of them with another time. */
    private void repeatAll() {
        for (int from = 0; from < events; from += BATCH_ROWS) {
            final int first = from;
            send(BATCH_ROWS, row -> first + row, row -> row % 4 == 0 ? 3 : 0);
            assertEquals(BATCH_ROWS, applier.rowsRepeated());
            assertTrue(applier.rowsRepeatedWithOtherTime() > BATCH_ROWS / 4 * 3 / 4);
            assertTrue(applier.rowsRepeatedWithOtherTime() <= BATCH_ROWS / 4);
        }
    }

    /** Sends events by number; each has a time of its own, which may be wrong by some microseconds. */
    private void send(final int rows, final IntUnaryOperator event, final IntUnaryOperator wrongUs) {
        apply(batch(rows, event, wrongUs));
    }

    private BatchView batch(final int rows, final IntUnaryOperator event, final IntUnaryOperator wrongUs) {
        for (int row = 0; row < rows; row++) {
            final int number = event.applyAsInt(row);
            builder.startRow(T + number * 7L + wrongUs.applyAsInt(row), number, -number);
            builder.dimension(0, new byte[]{(byte) ('a' + number % 5)}, 0, 1);
            builder.metric(0, number);
            assertTrue(builder.endRow());
        }
        final int length = builder.encode(buffer, 0, T);
        sequence++;
        BatchPosition.assign(buffer, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
        final BatchView view = new BatchView().wrap(buffer, 0, length);
        assertTrue(view.isValid());
        return view;
    }

    private void apply(final BatchView batch) {
        int offers = 1;
        while (!applier.apply(shard, batch, 1, 1, Long.MIN_VALUE)) {
            assertTrue(applier.isPreparing() && offers++ < 1_000, "offers: " + offers);
        }
        assertFalse(applier.isPreparing());
    }
}
