package io.truenow.perf.engine;

import io.truenow.codecs.ingest.IngestBatchEncoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import io.truenow.perf.load.Workload;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Batches for a lane to apply, over and over: of 1 000 to 1 500 rows (less where their size allows no more) in random order of values, with
 * random ids; one of 1 024 events was sent before. Used by one thread.
 */
final class ApplyBatches {
    /** Events of all together. */
    static final int EVENTS = 1 << 20;
    /** Where their times begin at first. */
    static final long FIRST_SPAN_US = Spans.floor(1_790_000_000_000_000L);
    private static final int REPEATED_OF = 1_024;
    private static final int BODY_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + IngestBatchEncoder.BLOCK_LENGTH;

    private final BatchView view = new BatchView();
    private final List<UnsafeBuffer> batches = new ArrayList<>();
    private final IngestBatchEncoder encoder = new IngestBatchEncoder();
    private final CRC32C checksum = new CRC32C();
    private final SplittableRandom random;
    private long sequence;

    ApplyBatches(final long seed) {
        random = new SplittableRandom(seed);
        buildBatches(new Workload(seed, 18));
    }

    int count() {
        return batches.size();
    }

    /** All events get other ids: they are new events from now on. */
    void renew() {
        final long high = random.nextLong();
        final long low = random.nextLong();
        for (final UnsafeBuffer batch : batches) {
            if (!view.wrap(batch, 0, batch.capacity()).isValid()) {
                throw new IllegalStateException("a batch is damaged");
            }
            for (int row = 0, at = view.idsOffset(); row < view.rowCount(); row++, at += 2 * Long.BYTES) {
                batch.putLong(at, batch.getLong(at) ^ high);
                batch.putLong(at + Long.BYTES, batch.getLong(at + Long.BYTES) ^ low);
            }
            checksum.reset();
            checksum.update(batch.byteArray(), BODY_OFFSET, batch.capacity() - BODY_OFFSET);
            encoder.wrap(batch, MessageHeaderEncoder.ENCODED_LENGTH).bodyChecksum(checksum.getValue());
        }
    }

    /** A batch, moved to a span, at the next position. */
    UnsafeBuffer next(final int index, final long spanStartUs) {
        final UnsafeBuffer batch = batches.get(index);
        encoder.wrap(batch, MessageHeaderEncoder.ENCODED_LENGTH);
        final long shiftUs = spanStartUs - Spans.floor(view.wrap(batch, 0, batch.capacity()).minEventTimeUs());
        encoder.minEventTimeUs(view.minEventTimeUs() + shiftUs);
        encoder.maxEventTimeUs(view.maxEventTimeUs() + shiftUs);
        sequence++;
        BatchPosition.assign(batch, 0, 1, 1, sequence, sequence == 1 ? 0 : 1, sequence - 1);
        return batch;
    }

    /** Checks and applies a batch as a lane does, which offers it again as long as something is made for it. */
    static void apply(final BatchApplier applier, final ShardStore shard, final BatchView batch) {
        apply(applier, shard, batch, 3, 2);
    }

    static void apply(
        final BatchApplier applier, final ShardStore shard, final BatchView batch, final int dimensionCount, final int metricCount) {
        if (!batch.isValid()) {
            throw new IllegalStateException("a batch is damaged");
        }
        boolean isApplied = false;
        while (!isApplied) {
            isApplied = applier.apply(shard, batch, dimensionCount, metricCount, Long.MIN_VALUE);
            if (!isApplied && !applier.isPreparing()) {
                throw new IllegalStateException("a batch was refused");
            }
        }
    }

    private void buildBatches(final Workload workload) {
        final TableBinding binding =
            new TableBinding(new TableBinding.Schema(1, 1, 2, 1, 1), Workload.DIMENSIONS, Workload.METRICS, List.of(1));
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        final byte[][][] values = Workload.values();
        final long[] ids = new long[2 * EVENTS];
        final UnsafeBuffer target = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        int wanted = 1_000 + random.nextInt(500);
        for (int event = 0; event < EVENTS; event++) {
            final int source = event > 0 && random.nextInt(REPEATED_OF) == 0 ? random.nextInt(event) : event;
            ids[2 * event] = source == event ? random.nextLong() : ids[2 * source];
            ids[2 * event + 1] = source == event ? random.nextLong() : ids[2 * source + 1];
            final long jitterUs = random.nextInt(1_000);
            boolean ended = false;
            while (!ended) {
                if (builder.rowCount() == wanted) {
                    encode(builder, target);
                    wanted = 1_000 + random.nextInt(500);
                }
                final long offsetUs = (long) event * (Spans.SPAN_US - 1_000) / EVENTS + jitterUs;
                builder.startRow(FIRST_SPAN_US + offsetUs, ids[2 * event], ids[2 * event + 1]);
                dimension(builder, 0, values[0][workload.country(event)]);
                dimension(builder, 1, values[1][workload.device(event)]);
                dimension(builder, 2, values[2][workload.page(event)]);
                builder.metric(0, workload.metric(event, 0));
                builder.metric(1, workload.metric(event, 1));
                ended = builder.endRow();
                if (!ended) {
                    encode(builder, target);
                    wanted = 1_000 + random.nextInt(500);
                }
            }
        }
        encode(builder, target);
    }

    private void encode(final BatchBuilder builder, final UnsafeBuffer target) {
        final int length = builder.encode(target, 0, FIRST_SPAN_US);
        batches.add(new UnsafeBuffer(Arrays.copyOf(target.byteArray(), length)));
    }

    private static void dimension(final BatchBuilder builder, final int ordinal, final byte[] value) {
        builder.dimension(ordinal, value, 0, value.length);
    }
}
