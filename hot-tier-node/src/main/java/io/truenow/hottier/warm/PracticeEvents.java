package io.truenow.hottier.warm;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Batches of events as tables mostly have them: dimensions of few, some and many values, metrics of whole numbers and of fractions, some
 * values lacking. Spans are many and small, so that what is called once a batch, a segment or a block is called often: the compiler counts
 * calls, and a method that loops in its first call is compiled for that loop only.
 */
final class PracticeEvents {
    /** Spans, one after the other. */
    static final int SPANS = 4;
    /** Start of the first. */
    static final long START_US = Spans.floor(1_790_000_000_000_000L);
    /** Behind the last. */
    static final long END_US = START_US + (long) SPANS * Spans.SPAN_US;
    /** Ordinal of the dimension with some values. */
    static final int COUNTRY = 0;
    /** Ordinal of the dimension with few values. */
    static final int DEVICE = 1;
    /** Ordinal of the dimension with many values. */
    static final int PAGE = 2;
    /** Ordinal of the metric of two bytes. */
    static final int AMOUNT = 0;
    /** Ordinal of the metric of fractions, which some events lack. */
    static final int LATENCY = 2;

    private static final int ROWS_PER_SPAN = 360;
    private static final int DIMENSIONS = 3;
    private static final int METRICS = 3;
    private static final int[] VALUES = {24, 5, 1_000};
    private static final int LEAST_ROWS = 10;
    private static final int MORE_ROWS = 100;
    private static final int REPEATED_OF = 256;
    private static final int LACKING_OF = 8;

    private final List<UnsafeBuffer> batches = new ArrayList<>();
    private final BatchView view = new BatchView();

    /** Batches by a seed. */
    PracticeEvents(final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final BatchBuilder builder = new BatchBuilder(new TableBinding(new TableBinding.Schema(1, 1, 2, 1, 1),
            List.of("country", "device", "page"), List.of("amount", "quantity", "latency"), List.of(1)), 0);
        final UnsafeBuffer target = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        long idLow = 0;
        for (int span = 0; span < SPANS; span++) {
            int wanted = LEAST_ROWS + random.nextInt(MORE_ROWS);
            for (int row = 0; row < ROWS_PER_SPAN; row++) {
                idLow = random.nextInt(REPEATED_OF) == 0 ? idLow : random.nextLong();
                builder.startRow(START_US + (long) span * Spans.SPAN_US + row * (Spans.SPAN_US / ROWS_PER_SPAN), idLow, ~idLow);
                addValues(builder, random);
                if (!builder.endRow()) {
                    throw new IllegalStateException("a batch is too small for " + builder.rowCount() + " rows");
                }
                if (builder.rowCount() == wanted || row == ROWS_PER_SPAN - 1) {
                    final int length = builder.encode(target, 0, START_US);
                    batches.add(new UnsafeBuffer(Arrays.copyOf(target.byteArray(), length)));
                    wanted = LEAST_ROWS + random.nextInt(MORE_ROWS);
                }
            }
        }
        for (int i = 0; i < batches.size(); i++) {
            BatchPosition.assign(batches.get(i), 0, 1, 1, i + 1, i == 0 ? 0 : 1, i);
        }
    }

    /** How many batches there are. */
    int count() {
        return batches.size();
    }

    /**
     * Applies a batch, which has to be the next one.
     *
     * @return its rows.
     * @throws IllegalStateException if there is no memory for it.
     */
    int apply(final BatchApplier applier, final ShardStore shard, final EventIdentity identity, final int index) {
        final UnsafeBuffer batch = batches.get(index);
        if (!view.wrap(batch, 0, batch.capacity()).isValid()) {
            throw new IllegalStateException("a batch is not valid");
        }
        if (!applier.apply(shard, view, identity, DIMENSIONS, METRICS, Long.MIN_VALUE)) {
            throw new IllegalStateException("no memory for a batch");
        }
        return applier.rowsInserted() + applier.rowsRepeated();
    }

    /** A value's bytes. */
    static byte[] value(final int dimension, final int number) {
        return ("value-" + dimension + '-' + number).getBytes(StandardCharsets.US_ASCII);
    }

    private static void addValues(final BatchBuilder builder, final SplittableRandom random) {
        for (int dimension = 0; dimension < DIMENSIONS; dimension++) {
            final byte[] value = value(dimension, random.nextInt(VALUES[dimension]));
            builder.dimension(dimension, value, 0, value.length);
        }
        builder.metric(AMOUNT, random.nextInt(1, 1_000));
        builder.metric(1, random.nextInt(1, 10));
        if (random.nextInt(LACKING_OF) > 0) {
            builder.metric(LATENCY, Math.exp(3 + random.nextDouble()));
        }
    }
}
