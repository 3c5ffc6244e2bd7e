package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.TableBinding;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;

/** Makes requests of real batches: table 3, shards 100 and 101, one dimension, one metric. Single thread. */
public final class Batches {
    public static final int TABLE_ID = 3;
    public static final int FIRST_SHARD_ID = 100;
    private static final TableBinding BINDING = new TableBinding(
        new TableBinding.Schema(TABLE_ID, 1, 2, 1, 1), List.of("country"), List.of("amount"), List.of(FIRST_SHARD_ID, FIRST_SHARD_ID + 1));

    private Batches() {
    }

    /** A request of one batch for each shard index given; batches carry {@code id}, {@code id + 1}, .. as accept time. */
    public static IngestRequest request(
        final AckLevel level, final IngestCompletion completion, final long id, final long eventTimeUs, final int... shardIndexes) {
        final IngestRequest request = new IngestRequest().reset(level, completion);
        long nextId = id;
        for (final int shardIndex : shardIndexes) {
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
            final BatchBuilder builder = new BatchBuilder(BINDING, shardIndex);
            for (int row = 0; row < 3; row++) {
                builder.startRow(eventTimeUs + row, nextId, row);
                builder.dimension(0, new byte[] {'d', 'e'}, 0, 2);
                builder.metric(0, row);
                builder.endRow();
            }
            request.addBatch(buffer, 0, builder.encode(buffer, 0, nextId));
            nextId++;
        }
        return request;
    }
}
