package io.truenow.hottier.query;

import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.ShardQueryEncoder;
import io.truenow.codecs.query.SketchType;
import io.truenow.format.sketch.SketchKind;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/** A query of one shard at epoch 1, as a query node would send it: of all rows, without groups, until more is said. */
public final class ShardQueryMessage {
    private static final int TABLE_ID = 3;
    private static final int MAX_BYTES = 1 << 10;
    private static final int FORMER_METRIC_BYTES = 3;

    private final int shardId;
    private final List<Integer> groupBy = new ArrayList<>();
    private final List<Metric> metrics = new ArrayList<>();
    private final List<Integer> quantiles = new ArrayList<>();
    private long correlationId;
    private long startUs;
    private long endUs = Long.MAX_VALUE;
    private int timeoutMs = 1_000;
    private boolean isPartial;

    private record Metric(int ordinal, boolean hasMoments, boolean hasExtremes) {
    }

    /** Of a shard. */
    public ShardQueryMessage(final int shardId) {
        this.shardId = shardId;
    }

    /** By which the answer is known. */
    public ShardQueryMessage correlationId(final long newCorrelationId) {
        correlationId = newCorrelationId;
        return this;
    }

    /** Of event time, [start, end). */
    public ShardQueryMessage range(final long newStartUs, final long newEndUs) {
        startUs = newStartUs;
        endUs = newEndUs;
        return this;
    }

    /** Until when it is of use, from its arrival. */
    ShardQueryMessage timeoutMs(final int newTimeoutMs) {
        timeoutMs = newTimeoutMs;
        return this;
    }

    /** Answered from what there is. */
    public ShardQueryMessage partial(final boolean newPartial) {
        isPartial = newPartial;
        return this;
    }

    /** One more dimension to group by. */
    ShardQueryMessage groupBy(final int dimension) {
        groupBy.add(dimension);
        return this;
    }

    /** One more metric. */
    ShardQueryMessage metric(final int ordinal, final boolean hasMoments, final boolean hasExtremes) {
        metrics.add(new Metric(ordinal, hasMoments, hasExtremes));
        return this;
    }

    /** One more metric of which quantiles are asked. */
    ShardQueryMessage quantiles(final int ordinal) {
        quantiles.add(ordinal);
        return this;
    }

    /** Of the present version. */
    public DirectBuffer encode() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_BYTES]);
        final ShardQueryEncoder query = begin(buffer);
        final ShardQueryEncoder.MetricsEncoder metric = query.metricsCount(metrics.size());
        for (final Metric wanted : metrics) {
            metric.next().metric(wanted.ordinal).moments((short) (wanted.hasMoments ? 1 : 0))
                .extremes((short) (wanted.hasExtremes ? 1 : 0));
        }
        final ShardQueryEncoder.SketchesEncoder sketch = query.sketchesCount(quantiles.size());
        for (final int ordinal : quantiles) {
            sketch.next().sketch(SketchType.get((short) SketchKind.QUANTILES.ordinal())).sole((short) 0).column(ordinal).parameter(0);
        }
        query.predicateCount(0);
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength());
    }

    /** Of version 0, whose metrics have no word on extremes. Written by hand: there is no encoder of that version any more. */
    DirectBuffer encodeFormer() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_BYTES]);
        final ShardQueryEncoder query = begin(buffer);
        new MessageHeaderEncoder().wrap(buffer, 0).version(0);
        int at = query.limit();
        // groupSizeEncoding: uint16 block length, uint16 count
        at = putGroup(buffer, at, FORMER_METRIC_BYTES, metrics.size());
        for (final Metric wanted : metrics) {
            buffer.putShort(at, (short) wanted.ordinal);
            buffer.putByte(at + Short.BYTES, (byte) (wanted.hasMoments ? 1 : 0));
            at += FORMER_METRIC_BYTES;
        }
        query.limit(at);
        query.sketchesCount(0);
        query.predicateCount(0);
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength());
    }

    private ShardQueryEncoder begin(final UnsafeBuffer buffer) {
        final ShardQueryEncoder query = new ShardQueryEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        query.correlationId(correlationId).queryNodeId(FakeQueryNode.ID).tableId(TABLE_ID).startTimeUs(startUs).endTimeUs(endUs)
            .intervalUs(0).timeoutMs(timeoutMs).maxGroups(50_000).queryNodeIncarnation(1).partial((short) (isPartial ? 1 : 0));
        query.shardsCount(1).next().shardId(shardId).reserved(0).epoch(1);
        query.wantedCount(0);
        final ShardQueryEncoder.GroupByEncoder group = query.groupByCount(groupBy.size());
        groupBy.forEach(dimension -> group.next().dimension(dimension));
        return query;
    }

    private static int putGroup(final UnsafeBuffer buffer, final int at, final int blockLength, final int count) {
        buffer.putShort(at, (short) blockLength);
        buffer.putShort(at + Short.BYTES, (short) count);
        return at + 2 * Short.BYTES;
    }
}
