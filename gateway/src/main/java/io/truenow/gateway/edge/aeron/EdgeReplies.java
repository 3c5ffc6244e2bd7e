package io.truenow.gateway.edge.aeron;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.edge.ClientConnectedEncoder;
import io.truenow.codecs.edge.EdgeStatus;
import io.truenow.codecs.edge.IngestReplyEncoder;
import io.truenow.codecs.edge.MessageHeaderEncoder;
import io.truenow.codecs.edge.TableBoundEncoder;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** Encodes what the edge tells clients, one message at a time. Belongs to the edge's agent; allocates nothing on the way of an event. */
final class EdgeReplies {
    private static final int NOT_KNOWN = -1;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4_096);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ClientConnectedEncoder connected = new ClientConnectedEncoder();
    private final TableBoundEncoder bound = new TableBoundEncoder();
    private final IngestReplyEncoder reply = new IngestReplyEncoder();

    DirectBuffer buffer() {
        return buffer;
    }

    int connected(final long sessionId, final int gatewayId, final long incarnation) {
        connected.wrapAndApplyHeader(buffer, 0, header).sessionId(sessionId).gatewayId(gatewayId).reserved(0).incarnation(incarnation);
        return MessageHeaderEncoder.ENCODED_LENGTH + connected.encodedLength();
    }

    int bound(final PendingBind bind) {
        return bind.table() != null
            ? bound(bind.correlationId, bind.catalogVersion(), bind.table())
            : unbound(bind.correlationId, bind.refusal());
    }

    /** A reply to what the journal completed. */
    int ingested(final long correlationId, final int rows, final IngestRequest request) {
        reply.wrapAndApplyHeader(buffer, 0, header).correlationId(correlationId).rows(rows).status(EdgeStatus.OK)
            .reserved1((short) 0).reserved2(0).repeated(eventsRepeated(request));
        final IngestReplyEncoder.PositionsEncoder positions = reply.positionsCount(request.batchCount());
        for (int i = 0; i < request.batchCount(); i++) {
            positions.next().shardId(request.shardId(i)).gatewayId(request.gatewayId()).incarnation(request.incarnation())
                .sequence(request.sequence(i));
        }
        final boolean isLate = request.outcome() == IngestOutcome.NOT_APPLIED_IN_TIME;
        reply.code(isLate ? ProblemCode.NOT_APPLIED_IN_TIME.text() : "").message("");
        return MessageHeaderEncoder.ENCODED_LENGTH + reply.encodedLength();
    }

    int refused(final long correlationId, final Problem refusal) {
        reply.wrapAndApplyHeader(buffer, 0, header).correlationId(correlationId).rows(0).status(BatchProblems.status(refusal))
            .reserved1((short) 0).reserved2(0).repeated(NOT_KNOWN);
        reply.positionsCount(0);
        reply.code(refusal.code().text()).message(refusal.detail());
        return MessageHeaderEncoder.ENCODED_LENGTH + reply.encodedLength();
    }

    private static int eventsRepeated(final IngestRequest request) {
        final boolean isApplied = request.outcome() == IngestOutcome.OK && request.ackLevel() == AckLevel.APPLIED;
        return isApplied ? request.eventsRepeated() : NOT_KNOWN;
    }

    private int bound(final long correlationId, final long catalogVersion, final Table table) {
        bound.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .catalogVersion(catalogVersion)
            .hashKey0(table.hashKey0())
            .hashKey1(table.hashKey1())
            .tableId(table.id())
            .schemaVersion(table.schemaVersion())
            .layoutVersion(table.layoutVersion())
            .status(EdgeStatus.OK);
        final TableBoundEncoder.ShardsEncoder shards = bound.shardsCount(table.shardIds().size());
        table.shardIds().forEach(shardId -> shards.next().shardId(shardId));
        final TableBoundEncoder.DimensionsEncoder dimensions = bound.dimensionsCount(table.dimensions().size());
        table.dimensions().forEach(name -> dimensions.next().name(name));
        final TableBoundEncoder.MetricsEncoder metrics = bound.metricsCount(table.metrics().size());
        table.metrics().forEach(name -> metrics.next().name(name));
        bound.code("").message("");
        return MessageHeaderEncoder.ENCODED_LENGTH + bound.encodedLength();
    }

    private int unbound(final long correlationId, final Problem refusal) {
        bound.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .catalogVersion(-1)
            .hashKey0(0)
            .hashKey1(0)
            .tableId(0)
            .schemaVersion(0)
            .layoutVersion(0)
            .status(BatchProblems.status(refusal));
        bound.shardsCount(0);
        bound.dimensionsCount(0);
        bound.metricsCount(0);
        bound.code(refusal.code().text()).message(refusal.detail());
        return MessageHeaderEncoder.ENCODED_LENGTH + bound.encodedLength();
    }
}
