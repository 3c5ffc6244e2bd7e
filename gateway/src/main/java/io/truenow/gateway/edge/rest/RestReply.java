package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.http.route.JsonText;
import io.truenow.fabric.position.TokenWriter;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.journal.IngestRequest;

/** Writes the answers. Belongs to one event loop. */
final class RestReply {
    private static final String JSON = "application/json";
    private static final String PROBLEM_JSON = "application/problem+json";
    private static final int ACCEPTED = 202;
    private static final int BAD_REQUEST = 400;
    private static final int ROOM_BYTES = 256;

    private final TokenWriter token = new TokenWriter();

    /** What the journal said. */
    void answer(final RestRequest request) {
        final Problem problem = request.request().outcome().problem();
        if (problem == null) {
            accepted(request);
        } else {
            request.exchange.problem(problem);
        }
    }

    /** A batch of which no event was acceptable. */
    void noneAccepted(final RestRequest request) {
        ProblemCode code = request.commonCode == null ? ProblemCode.EVENTS_REJECTED : request.commonCode;
        String detail = "No event was acceptable; rejected says why.";
        if (request.received() == 0) {
            code = ProblemCode.NO_EVENTS;
            detail = "events must hold at least one event.";
        }
        final ByteBuf reply = ByteBufAllocator.DEFAULT.directBuffer(ROOM_BYTES + request.textBytes());
        ByteBufUtil.writeAscii(reply, "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"code\":");
        JsonText.writeString(reply, code.text());
        ByteBufUtil.writeAscii(reply, ",\"detail\":");
        JsonText.writeString(reply, detail);
        ByteBufUtil.writeAscii(reply, ",\"field\":\"events\",");
        writeCounts(reply, request);
        reply.writeByte('}');
        request.exchange.reply(BAD_REQUEST, PROBLEM_JSON, reply);
    }

    private void accepted(final RestRequest request) {
        final IngestRequest ingest = request.request();
        token.start(request.catalogVersion());
        for (int i = 0; i < ingest.batchCount(); i++) {
            token.add(ingest.shardId(i), ingest.gatewayId(), ingest.incarnation(), ingest.sequence(i));
        }
        final int tokenLength = token.finish();
        final ByteBuf reply = ByteBufAllocator.DEFAULT.directBuffer(ROOM_BYTES + request.textBytes() + tokenLength);
        ByteBufUtil.writeAscii(reply, "{\"status\":\"accepted\",");
        if (request.isBatch) {
            writeCounts(reply, request);
        } else {
            ByteBufUtil.writeAscii(reply, "\"event_id\":");
            reply.writeBytes(request.text);
        }
        if (ingest.ackLevel() != AckLevel.JOURNALED) {
            ByteBufUtil.writeAscii(reply, ",\"ack\":\"applied\"");
            if (ingest.eventsRepeated() >= 0) {
                ByteBufUtil.writeAscii(reply, ",\"events_repeated\":");
                JsonText.writeLong(reply, ingest.eventsRepeated());
            }
        }
        ByteBufUtil.writeAscii(reply, ",\"token\":\"");
        reply.writeBytes(token.text(), 0, tokenLength);
        ByteBufUtil.writeAscii(reply, "\"}");
        request.exchange.reply(ACCEPTED, JSON, reply);
    }

    private static void writeCounts(final ByteBuf reply, final RestRequest request) {
        ByteBufUtil.writeAscii(reply, "\"events_received\":");
        JsonText.writeLong(reply, request.received());
        ByteBufUtil.writeAscii(reply, ",\"events_accepted\":");
        JsonText.writeLong(reply, request.accepted());
        ByteBufUtil.writeAscii(reply, ",\"rejected\":[");
        if (request.text != null) {
            reply.writeBytes(request.text, request.text.readerIndex(), request.text.readableBytes());
        }
        reply.writeByte(']');
    }
}
