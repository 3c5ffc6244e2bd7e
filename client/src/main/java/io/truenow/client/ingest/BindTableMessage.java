package io.truenow.client.ingest;

import io.truenow.codecs.edge.BindTableEncoder;
import io.truenow.codecs.edge.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

import java.util.List;

/** An encoded {@code BindTable}. */
final class BindTableMessage {
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final int length;

    BindTableMessage(
        final long sessionId,
        final long correlationId,
        final String namespace,
        final String table,
        final List<String> dimensions,
        final List<String> metrics) {
        final BindTableEncoder encoder = new BindTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).sessionId(sessionId).correlationId(correlationId);
        final BindTableEncoder.DimensionsEncoder dimensionsEncoder = encoder.dimensionsCount(dimensions.size());
        for (final String name : dimensions) {
            dimensionsEncoder.next().name(name);
        }
        final BindTableEncoder.MetricsEncoder metricsEncoder = encoder.metricsCount(metrics.size());
        for (final String name : metrics) {
            metricsEncoder.next().name(name);
        }
        encoder.namespaceName(namespace).tableName(table);
        length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int length() {
        return length;
    }
}
