package io.truenow.hottier.query;

import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.codecs.query.ShardQueryEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A query of the version before metrics told whether their extremes are wanted: they are. */
final class FormerQueryTest {
    @Test
    void wantsExtremes() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ShardQueryEncoder query = new ShardQueryEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        query.shardsCount(0);
        query.wantedCount(0);
        query.groupByCount(0);
        query.metricsCount(2).next().metric(3).moments((short) 1).extremes((short) 0)
            .next().metric(4).moments((short) 0).extremes((short) 0);
        final ShardQueryDecoder former = new ShardQueryDecoder()
            .wrap(buffer, MessageHeaderEncoder.ENCODED_LENGTH, ShardQueryEncoder.BLOCK_LENGTH, 0);
        former.shards();
        former.wanted();
        former.groupBy();
        int metrics = 0;
        for (final ShardQueryDecoder.MetricsDecoder metric : former.metrics()) {
            assertEquals(3 + metrics, metric.metric());
            assertEquals(ShardQueryDecoder.MetricsDecoder.extremesNullValue(), metric.extremes(), "not 0");
            metrics++;
        }
        assertEquals(2, metrics);
    }
}
