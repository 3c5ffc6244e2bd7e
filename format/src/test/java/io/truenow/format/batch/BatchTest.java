package io.truenow.format.batch;

import io.truenow.codecs.ingest.ColumnKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Builder to view against a plain list of rows, and the view on damaged bytes. */
class BatchTest {
    private static final long SEED = Long.getLong("truenow.test.seed", 20_261_123L);
    private static final int DIMENSIONS = 5;
    private static final int METRICS = 4;
    private static final int[] VALUE_BYTES = {1, 8, 40, 1_000};
    private static final TableBinding BINDING = new TableBinding(
        new TableBinding.Schema(7, 1, 2, 3, 4), names("d", DIMENSIONS), names("m", METRICS), List.of(70, 71, 72, 73));

    private record Row(long eventTimeUs, long idHigh, long idLow, List<String> dimensions, List<Double> metrics) {
    }

    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(BatchBuilder.MAX_BATCH_BYTES + 64));
    private final BatchView view = new BatchView();

    @Test
    void whatIsBuiltIsRead() {
        final Random random = new Random(SEED);
        final BatchBuilder builder = new BatchBuilder(BINDING, 2);
        for (int round = 0; round < 300; round++) {
            final Shape shape = Shape.of(random);
            final List<Row> rows = new ArrayList<>();
            final int wanted = 1 + random.nextInt(round % 10 == 0 ? BatchBuilder.MAX_ROWS + 100 : 300);
            boolean fits = true;
            while (fits && rows.size() < wanted) {
                final Row row = shape.row(random);
                if (random.nextInt(20) == 0) {
                    fill(builder, shape.row(random), random);
                    builder.abortRow();
                }
                fill(builder, row, random);
                fits = builder.endRow();
                if (fits) {
                    rows.add(row);
                }
            }
            assertEquals(rows.size(), builder.rowCount());
            final int offset = 8 * random.nextInt(4);
            final int length = builder.encode(buffer, offset, 99 + round);
            assertEquals(0, builder.rowCount());
            assertTrue(length <= BatchBuilder.MAX_BATCH_BYTES);
            assertTrue(fits || length > BatchBuilder.MAX_BATCH_BYTES * 9 / 10 || rows.size() == BatchBuilder.MAX_ROWS,
                "given up at " + length + " bytes, " + rows.size() + " rows, seed " + SEED);
            assertTrue(view.wrap(buffer, offset, length).isValid(), "seed " + SEED + " round " + round);
            BatchPosition.assign(buffer, offset, 5, 6, 7, 8, 9);
            assertTrue(view.wrap(buffer, offset, length).isValid());
            assertHeader(rows, 99 + round);
            assertEquals(rows, read(rows.size()), "seed " + SEED + " round " + round);
        }
    }

    @Test
    void manyValuesAreTwoByteCodes() {
        final BatchBuilder builder = new BatchBuilder(BINDING, 0);
        for (int i = 0; i < 300; i++) {
            builder.startRow(i, i, i);
            final byte[] value = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
            builder.dimension(3, value, 0, value.length);
            assertTrue(builder.endRow());
        }
        final int length = builder.encode(buffer, 0, 1);
        assertTrue(view.wrap(buffer, 0, length).isValid());
        assertEquals(3, view.columnCount());
        assertEquals(2, view.width(2));
        assertEquals(300, view.distinct(2));
        assertEquals("299", text(2, view.dimensionCode(2, 299)));
    }

    @Test
    void aRowTooLargeForAnyBatchIsToldByAnEmptyBuilder() {
        final TableBinding wide = new TableBinding(new TableBinding.Schema(7, 1, 2, 3, 4), names("d", 128), List.of(), List.of(1));
        final BatchBuilder builder = new BatchBuilder(wide, 0);
        final byte[] value = new byte[BatchBuilder.MAX_VALUE_BYTES];
        builder.startRow(1, 2, 3);
        for (int i = 0; i < 128; i++) {
            builder.dimension(i, value, 0, value.length);
        }
        assertFalse(builder.endRow());
        assertEquals(0, builder.rowCount());
        builder.startRow(1, 2, 3);
        builder.dimension(5, value, 0, value.length);
        assertTrue(builder.endRow());
        final int length = builder.encode(buffer, 0, 1);
        assertTrue(view.wrap(buffer, 0, length).isValid());
        assertEquals(3, view.columnCount());
        assertEquals(5, view.ordinal(2));
    }

    @Test
    void damagedBytesAreRefusedOrReadTheSame() {
        final Random random = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            final List<Row> rows = new ArrayList<>();
            final byte[] batch = batch(random, rows);
            for (int attempt = 0; attempt < 200; attempt++) {
                final byte[] damaged = batch.clone();
                final int flips = 1 + random.nextInt(4);
                for (int i = 0; i < flips; i++) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
                final UnsafeBuffer exact = new UnsafeBuffer(damaged);
                if (view.wrap(exact, 0, damaged.length).isValid()) {
                    assertEquals(rows, read(rows.size()), "seed " + SEED);
                }
            }
            for (int length = 0; length < batch.length; length++) {
                assertFalse(view.wrap(new UnsafeBuffer(batch), 0, length).isValid());
            }
        }
    }

    /** Who knows the checksum can send anything: what passes must still be read within bounds. */
    @Test
    void forgedBytesAreRefusedOrReadWithinBounds() {
        final Random random = new Random(SEED);
        final BatchChecksum checksum = new BatchChecksum();
        int passed = 0;
        for (int round = 0; round < 20_000; round++) {
            final byte[] forged = batch(random, new ArrayList<>());
            final UnsafeBuffer exact = new UnsafeBuffer(forged);
            final int flips = 1 + random.nextInt(3);
            for (int i = 0; i < flips; i++) {
                final int reach = random.nextBoolean() ? 250 : forged.length;
                forged[random.nextInt(Math.min(reach, forged.length))] = (byte) (random.nextInt(3) == 0 ? -1 : random.nextInt(256));
            }
            exact.putInt(BatchLayout.BODY_CHECKSUM, checksum.of(exact, 96, forged.length - 96));
            BatchPosition.seal(exact, 0);
            if (view.wrap(exact, 0, forged.length).isValid()) {
                passed++;
                readAnything();
            }
        }
        assertTrue(passed > 100, "passed " + passed);
    }

    @Test
    void arbitraryBytesAreRefused() {
        final Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            final byte[] noise = new byte[random.nextInt(400)];
            random.nextBytes(noise);
            assertFalse(view.wrap(new UnsafeBuffer(noise), 0, noise.length).isValid());
        }
    }

    private static byte[] batch(final Random random, final List<Row> rows) {
        final BatchBuilder builder = new BatchBuilder(BINDING, 1);
        final Shape shape = Shape.of(random);
        final int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            final Row row = shape.row(random);
            fill(builder, row, random);
            if (builder.endRow()) {
                rows.add(row);
            }
        }
        final UnsafeBuffer target = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        final byte[] batch = new byte[builder.encode(target, 0, 1)];
        target.getBytes(0, batch);
        return batch;
    }

    private void readAnything() {
        for (int row = 0; row < view.rowCount(); row++) {
            assertTrue(view.eventTimeUs(row) >= view.minEventTimeUs() && view.eventTimeUs(row) <= view.maxEventTimeUs());
            view.idHigh(row);
            view.idLow(row);
        }
        for (int column = 2; column < view.columnCount(); column++) {
            for (int row = 0; row < view.rowCount(); row++) {
                if (view.kind(column) == ColumnKind.METRIC) {
                    view.metric(column, row);
                    view.isNull(column, row);
                } else if (!view.isNull(column, row)) {
                    final byte[] value = new byte[view.dictionaryLength(column, view.dimensionCode(column, row))];
                    view.buffer().getBytes(view.dictionaryOffset(column, view.dimensionCode(column, row)), value);
                }
            }
        }
    }

    private void assertHeader(final List<Row> rows, final long acceptTimeUs) {
        assertEquals(rows.size(), view.rowCount());
        assertEquals(List.of(7L, 72L, 3L, 4L, acceptTimeUs), List.of(
            (long) view.tableId(), (long) view.shardId(), (long) view.schemaVersion(), (long) view.layoutVersion(), view.acceptTimeUs()));
        assertEquals(List.of(5L, 6L, 7L, 8L, 9L), List.of(
            (long) view.gatewayId(), view.incarnation(), view.sequence(), view.previousIncarnation(), view.previousSequence()));
        assertEquals(rows.stream().mapToLong(Row::eventTimeUs).min().orElseThrow(), view.minEventTimeUs());
        assertEquals(rows.stream().mapToLong(Row::eventTimeUs).max().orElseThrow(), view.maxEventTimeUs());
    }

    private List<Row> read(final int rowCount) {
        final List<Row> rows = new ArrayList<>();
        for (int row = 0; row < rowCount; row++) {
            final String[] dimensions = new String[DIMENSIONS];
            final Double[] metrics = new Double[METRICS];
            for (int column = 2; column < view.columnCount(); column++) {
                if (!view.isNull(column, row)) {
                    if (view.kind(column) == ColumnKind.DIMENSION) {
                        dimensions[view.ordinal(column)] = text(column, view.dimensionCode(column, row));
                    } else {
                        metrics[view.ordinal(column)] = view.metric(column, row);
                    }
                } else if (view.kind(column) == ColumnKind.METRIC) {
                    assertEquals(0.0, view.metric(column, row));
                }
            }
            rows.add(row(view.eventTimeUs(row), view.idHigh(row), view.idLow(row), dimensions, metrics));
        }
        return rows;
    }

    private String text(final int column, final int code) {
        final byte[] value = new byte[view.dictionaryLength(column, code)];
        view.buffer().getBytes(view.dictionaryOffset(column, code), value);
        return new String(value, StandardCharsets.UTF_8);
    }

    private static void fill(final BatchBuilder builder, final Row row, final Random random) {
        builder.startRow(row.eventTimeUs, row.idHigh, row.idLow);
        for (int i = 0; i < DIMENSIONS; i++) {
            final String value = row.dimensions.get(i).isEmpty() ? null : row.dimensions.get(i).substring(1);
            if (value != null) {
                final byte[] bytes = ("pad" + value).getBytes(StandardCharsets.UTF_8);
                if (random.nextBoolean()) {
                    builder.dimension(i, bytes, 3, bytes.length - 3);
                } else {
                    builder.dimension(i, new UnsafeBuffer(bytes), 3, bytes.length - 3);
                }
            }
        }
        for (int i = 0; i < METRICS; i++) {
            if (!row.metrics.get(i).isNaN()) {
                builder.metric(i, row.metrics.get(i));
            }
        }
    }

    /** Null dimensions as "", others behind a mark; null metrics as NaN: lists take no nulls. */
    private static Row row(final long eventTimeUs, final long high, final long low, final String[] dimensions, final Double[] metrics) {
        return new Row(eventTimeUs, high, low,
            IntStream.range(0, DIMENSIONS).mapToObj(i -> dimensions[i] == null ? "" : "=" + dimensions[i]).toList(),
            IntStream.range(0, METRICS).mapToObj(i -> Objects.requireNonNullElse(metrics[i], Double.NaN)).toList());
    }

    /** What the rows of one batch have in common. */
    private record Shape(long baseUs, long rangeUs, int[] cardinality, int[] nullPercent, int valueBytes) {
        static Shape of(final Random random) {
            final long[] ranges = {1, 1_000_000, 0xffff_ffffL, 0x1_0000_0001L, 86_400_000_000L, 1L << 62};
            return new Shape(
                random.nextInt(4) == 0 ? -(1L << 61) : 1_790_000_000_000_000L,
                ranges[random.nextInt(ranges.length)],
                random.ints(DIMENSIONS, 0, 4).map(i -> new int[]{1, 20, 280, 5_000}[i]).toArray(),
                random.ints(DIMENSIONS + METRICS, 0, 4).map(i -> new int[]{0, 3, 90, 100}[i]).toArray(),
                VALUE_BYTES[random.nextInt(VALUE_BYTES.length)]);
        }

        Row row(final Random random) {
            final String[] dimensions = new String[DIMENSIONS];
            final Double[] metrics = new Double[METRICS];
            for (int i = 0; i < DIMENSIONS; i++) {
                if (random.nextInt(100) >= nullPercent[i]) {
                    final String value = "é".repeat(random.nextInt(3)) + random.nextInt(cardinality[i]);
                    dimensions[i] = value.isEmpty() || random.nextInt(50) == 0 ? "" : value + "x".repeat(Math.max(0, valueBytes - 10));
                }
            }
            for (int i = 0; i < METRICS; i++) {
                if (random.nextInt(100) >= nullPercent[DIMENSIONS + i]) {
                    metrics[i] = random.nextBoolean() ? random.nextInt(1_000) : random.nextGaussian();
                }
            }
            final long eventTimeUs = baseUs + Math.floorMod(random.nextLong(), rangeUs);
            return BatchTest.row(eventTimeUs, random.nextLong(), random.nextLong(), dimensions, metrics);
        }
    }

    private static List<String> names(final String prefix, final int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }
}
