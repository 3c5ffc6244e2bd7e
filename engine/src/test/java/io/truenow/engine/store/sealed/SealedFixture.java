package io.truenow.engine.store.sealed;

import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.format.batch.BatchView;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A lane's memory, segments full of random rows, and the rows as a plain list. */
public final class SealedFixture implements AutoCloseable {
    /** Start of the span that all rows are in. */
    public static final long SPAN_START_US = Spans.floor(1_795_000_200_000_000L);

    /** Counts what is held off-heap. */
    public final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    /** Of segment files. */
    public final MemoryTag tag = accountant.tag("sealed", Long.MAX_VALUE);
    /** Of the lane. */
    public final LaneMemory memory = ShardUnderTest.memory(accountant);
    private final List<ShardStore> shards = new ArrayList<>();

    /** Rows and the open segment that holds them. */
    public record Filled(Segment segment, List<Row> rows, int dimensions, int metrics) {
    }

    /** A segment filled by some batches of random rows. */
    public Filled fill(final RandomGenerator random, final int distinct, final int batches) {
        final RandomRows source = new RandomRows(random, distinct, SPAN_START_US, SPAN_START_US + Spans.SPAN_US);
        final ShardStore shard = new ShardStore(memory, 7, 3);
        shards.add(shard);
        final BatchApplier applier = new BatchApplier(memory);
        final List<Row> rows = new ArrayList<>();
        final Set<Id> seen = new HashSet<>();
        for (int sequence = 1; sequence <= batches; sequence++) {
            if (random.nextInt(20) == 0) {
                source.extend();
            }
            List<Row> batch = source.batch();
            UnsafeBuffer encoded = source.encode(batch, sequence, SPAN_START_US);
            while (encoded == null) {
                batch = source.batch();
                encoded = source.encode(batch, sequence, SPAN_START_US);
            }
            final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
            assertTrue(view.isValid());
            assertTrue(ShardUnderTest.apply(applier, shard, view, 0, 0, Long.MIN_VALUE));
            for (final Row row : batch) {
                if (seen.add(new Id(row.idHigh(), row.idLow()))) {
                    rows.add(row);
                }
            }
        }
        return new Filled(segment(shard), rows, source.dimensionCount(), source.metricCount());
    }

    /** The segment of a shard that has one. */
    public static Segment segment(final ShardStore shard) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        assertEquals(1, cut.segmentCount());
        return cut.segment(0);
    }

    /** The uid of a file, which no open segment of the fixture has. */
    public static long uid(final int number) {
        return 1L << Integer.SIZE | number;
    }

    /** What a file of the fixture's span is called. */
    public static SegmentIdentity identity(final int number, final List<Segment> sources) {
        final ShardVector vector = new ShardVector(new int[]{4, 9}, new long[]{2, 1}, new long[]{number, 17}, 2);
        return new SegmentIdentity(
            new SegmentOwner(11, 12, 1, 3, 7), SPAN_START_US, uid(number), sources.stream().map(Segment::uid).toList(), vector);
    }

    /** Compares a sealed segment with the rows that it should hold, given in order of arrival. */
    public void check(final SealedSegment sealed, final List<Row> arrived, final int dimensions, final int metrics) {
        final List<Row> expected = arrived.stream().sorted(Comparator.comparingLong(Row::timeUs)).toList();
        final List<Row> actual = SealedRows.read(sealed, memory.values(), dimensions, metrics);
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            final Row row = expected.get(i);
            assertEquals(new Row(0, 0, row.timeUs(), padded(row.dimensions(), dimensions), padded(row.metrics(), metrics)), actual.get(i),
                "row " + i);
            assertTrue(sealed.containsId(row.idHigh(), row.idLow()));
        }
        checkIndexes(sealed, expected);
    }

    /** Frees the segments; closes the memory. */
    @Override
    public void close() {
        for (final ShardStore shard : shards) {
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                segment.free();
            }
        }
        assertEquals(0, memory.values().size());
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    /** A shard that is freed with the fixture. */
    public ShardStore shard() {
        final ShardStore shard = new ShardStore(memory, 7, 3);
        shards.add(shard);
        return shard;
    }

    private static void checkIndexes(final SealedSegment sealed, final List<Row> expected) {
        int row = 0;
        for (int second = 0; second <= 600; second++) {
            while (row < expected.size() && expected.get(row).timeUs() < SPAN_START_US + second * 1_000_000L) {
                row++;
            }
            assertEquals(row, sealed.firstRowOfSecond(second));
        }
        for (int ordinal = 0; ordinal < sealed.dimensionCount(); ordinal++) {
            final Postings postings = sealed.postings(ordinal);
            assertEquals(sealed.fileDictionary(ordinal).size() > 256, postings != null);
            if (postings != null) {
                checkPostings(sealed, ordinal, postings);
            }
        }
    }

    private static void checkPostings(final SealedSegment sealed, final int ordinal, final Postings postings) {
        final List<List<Integer>> rowsOfCode = new ArrayList<>();
        for (int code = 0; code <= postings.valueCount(); code++) {
            rowsOfCode.add(new ArrayList<>());
        }
        for (int index = 0; index < sealed.blockCount(); index++) {
            final SealedBlock block = sealed.block(index);
            for (int i = 0; i < block.rowCount(); i++) {
                rowsOfCode.get(SealedRows.code(block, ordinal, i)).add((int) block.firstRow() + i);
            }
        }
        final Postings.Cursor cursor = postings.cursor();
        final int[] portion = new int[3];
        for (int code = 1; code <= postings.valueCount(); code++) {
            final List<Integer> rows = new ArrayList<>();
            assertEquals(rowsOfCode.get(code).size(), postings.rowCount(code));
            assertEquals(rowsOfCode.get(code).size(), cursor.begin(code));
            while (cursor.rowsLeft() > 0) {
                final int middle = (int) sealed.rowCount() / 2;
                final int count = cursor.next(middle, 0, portion);
                for (int i = 0; i < count; i++) {
                    rows.add(portion[i]);
                }
                if (count == 0) {
                    rows.add(cursor.next());
                }
            }
            assertEquals(rowsOfCode.get(code), rows);
        }
    }

    private static <T> List<T> padded(final List<T> list, final int size) {
        final List<T> longer = new ArrayList<>(list);
        while (longer.size() < size) {
            longer.add(null);
        }
        return longer;
    }

    private record Id(long high, long low) {
    }
}
