package io.truenow.engine.model;

import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.TableBinding;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/** Batches of random events whose schema grows now and then, and their encoded form. */
public final class RandomRows {
    private static final int SHARD_ID = 7;
    private static final int TABLE_ID = 3;

    private final RandomGenerator random;
    private final int distinct;
    private final long fromUs;
    private final long toUs;
    private final List<Row> known = new ArrayList<>();
    /** Whether metrics have any size that a double can have. */
    private final boolean isWild;
    private int dimensionCount;
    private int metricCount;

    /** Event times in a range; so many values a dimension. */
    public RandomRows(final RandomGenerator random, final int distinct, final long fromUs, final long toUs) {
        this.random = random;
        this.distinct = distinct;
        this.fromUs = fromUs;
        this.toUs = toUs;
        this.isWild = random.nextInt(3) == 0;
        this.dimensionCount = random.nextInt(4);
        this.metricCount = random.nextInt(3);
    }

    /** Dimensions by now. */
    public int dimensionCount() {
        return dimensionCount;
    }

    /** Metrics by now. */
    public int metricCount() {
        return metricCount;
    }

    /** The schema gets a dimension and a metric. */
    public void extend() {
        dimensionCount++;
        metricCount++;
    }

    /** A value that rows may have. */
    public String value(final int dimension) {
        final int number = random.nextInt(distinct);
        return switch (number % 7) {
            case 0 -> "v" + number;
            case 1 -> "";
            case 2 -> "shared" + number % 5;
            case 3 -> "λ" + dimension + "-" + number;
            default -> "a-rather-longer-value-of-dimension-" + dimension + "-" + number;
        };
    }

    /** A batch: new events, repeated ones, ids that come again with another time. */
    public List<Row> batch() {
        final int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 900 : 60);
        final boolean inOneSpan = random.nextBoolean();
        final long center = fromUs + random.nextLong(toUs - fromUs);
        final List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (!known.isEmpty() && random.nextInt(10) == 0) {
                rows.add(known.get(random.nextInt(known.size())));
            } else {
                final long timeUs = inOneSpan ? center + i % 5 : fromUs + random.nextLong(toUs - fromUs);
                final boolean borrowed = !known.isEmpty() && random.nextInt(20) == 0;
                final Row other = borrowed ? known.get(random.nextInt(known.size())) : null;
                final boolean zero = random.nextInt(2_000) == 0;
                final long high = zero ? 0 : borrowed ? other.idHigh() : random.nextLong();
                final long fresh = random.nextInt(4) == 0 ? random.nextLong() & 0xFFFF : random.nextLong();
                final long low = zero ? 0 : borrowed ? other.idLow() : fresh;
                final Row row = new Row(high, low, timeUs, dimensions(), metrics());
                known.add(row);
                rows.add(row);
            }
        }
        return rows;
    }

    /** The encoded form of a batch at a position; null if the rows do not fit in one. */
    public UnsafeBuffer encode(final List<Row> rows, final long sequence, final long acceptTimeUs) {
        final List<String> dimensions = names("d", dimensionCount);
        final TableBinding binding = new TableBinding(
            new TableBinding.Schema(TABLE_ID, 1, 2, 1, 1), dimensions, names("m", metricCount), List.of(SHARD_ID));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        for (final Row row : rows) {
            builder.startRow(row.timeUs(), row.idHigh(), row.idLow());
            for (int i = 0; i < row.dimensions().size(); i++) {
                if (row.dimensions().get(i) != null) {
                    final byte[] bytes = row.dimensions().get(i).getBytes(StandardCharsets.UTF_8);
                    builder.dimension(i, bytes, 0, bytes.length);
                }
            }
            for (int i = 0; i < row.metrics().size(); i++) {
                if (row.metrics().get(i) != null) {
                    builder.metric(i, row.metrics().get(i));
                }
            }
            if (!builder.endRow()) {
                return null;
            }
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        final int length = builder.encode(buffer, 0, acceptTimeUs);
        BatchPosition.assign(buffer, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
        return new UnsafeBuffer(buffer, 0, length);
    }

    private List<String> dimensions() {
        final List<String> values = new ArrayList<>();
        for (int i = 0; i < dimensionCount; i++) {
            values.add(random.nextInt(6) == 0 ? null : value(i));
        }
        return Collections.unmodifiableList(values);
    }

    private List<Double> metrics() {
        final List<Double> values = new ArrayList<>();
        for (int i = 0; i < metricCount; i++) {
            values.add(switch (random.nextInt(8)) {
                case 0 -> null;
                case 3, 4 -> isWild ? wild() : (double) random.nextInt(-1_000, 1_000);
                case 1 -> random.nextGaussian() * 1e9;
                case 2 -> (double)random.nextLong(1L << 53);
                default -> (double)random.nextInt(-1_000, 1_000);
            });
        }
        return Collections.unmodifiableList(values);
    }

    /** A number of any exponent; or of the ends, where sums, squares and their differences leave what doubles hold. */
    private double wild() {
        final double sign = random.nextBoolean() ? 1 : -1;
        return sign * switch (random.nextInt(6)) {
            case 0 -> Double.MAX_VALUE;
            case 1 -> 1e200 * (1 + random.nextInt(4) * 0x1p-52);
            case 2 -> 1e-200 * random.nextInt(1, 4);
            case 3 -> Double.MIN_VALUE * random.nextInt(4);
            default -> Math.scalb(1 + random.nextDouble(), random.nextInt(-1_074, 1_024));
        };
    }

    private static List<String> names(final String prefix, final int count) {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(prefix + i);
        }
        return names;
    }
}
