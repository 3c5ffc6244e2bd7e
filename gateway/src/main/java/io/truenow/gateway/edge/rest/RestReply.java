package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.http.JsonText;
import io.truenow.fabric.http.Problem;
import io.truenow.fabric.position.TokenWriter;
import io.truenow.gateway.journal.IngestRequest;

/** Writes the answers. Belongs to one event loop. */
final class RestReply {
    private static final String JSON = "application/json";
    private static final String PROBLEM_JSON = "application/problem+json";
    private static final int ACCEPTED = 202;
    private static final int BAD_REQUEST = 400;
    private static final int ROOM_BYTES = 256;
    private static final int RETRY_SOON_SECONDS = 1;
    private static final int RETRY_LATER_SECONDS = 5;

    private final TokenWriter token = new TokenWriter();

    /** What the journal said. */
    void answer(final RestRequest request) {
        switch (request.ingest.outcome()) {
            case OK -> accepted(request);
            case NOT_APPLIED_IN_TIME -> request.exchange.problem(new Problem(504, "not_applied_in_time",
                "The events are journaled and will be applied, but were not yet. Sending them again is safe.", null, 0));
            case JOURNAL_FULL -> retry(request, "journal_full", "The journal is at its budget.", RETRY_LATER_SECONDS);
            case JOURNAL_UNAVAILABLE -> retry(request, "journal_unavailable", "The journal cannot be written.", RETRY_LATER_SECONDS);
            case SHARD_UNASSIGNED -> retry(request, "no_hot_tier", "No hot-tier node holds the table yet.", RETRY_SOON_SECONDS);
            case SHARD_STALLED -> retry(request, "hot_tier_stalled",
                "The hot tier takes no more events of the table: its memory is full, or it hangs.", RETRY_LATER_SECONDS);
            case RETENTION_MOVED -> retry(request, "retention_moved",
                "The hot tier has just let old events of the table go, and events of the request are older than what it keeps now.",
                RETRY_SOON_SECONDS);
            case RETENTION_UNKNOWN -> retry(request, "retention_unknown",
                "The hot tier has not told yet from when on it keeps events of the table.", RETRY_SOON_SECONDS);
            case NOT_REGISTERED -> retry(request, "not_registered", "The gateway is not registered with the control plane yet.",
                RETRY_SOON_SECONDS);
            case TOO_LARGE -> request.exchange.problem(RequestReader.tooLarge());
            default -> retry(request, "shutting_down", "The gateway is closing.", RETRY_SOON_SECONDS);
        }
    }

    /** A batch of which no event was acceptable. */
    void noneAccepted(final RestRequest request) {
        final String code = request.received == 0 ? "no_events" : request.commonCode == null ? "events_rejected" : request.commonCode;
        final String detail = request.received == 0 ? "events must hold at least one event."
            : "No event was acceptable; rejected says why.";
        final ByteBuf reply = ByteBufAllocator.DEFAULT.directBuffer(ROOM_BYTES + request.textBytes());
        ByteBufUtil.writeAscii(reply, "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"code\":");
        JsonText.writeString(reply, code);
        ByteBufUtil.writeAscii(reply, ",\"detail\":");
        JsonText.writeString(reply, detail);
        ByteBufUtil.writeAscii(reply, ",\"field\":\"events\",");
        writeCounts(reply, request);
        reply.writeByte('}');
        request.exchange.reply(BAD_REQUEST, PROBLEM_JSON, reply);
    }

    static Problem retry(final String code, final String detail, final int seconds) {
        return Problem.retry(code, detail + " Nothing was accepted; send the request again.", seconds);
    }

    private static void retry(final RestRequest request, final String code, final String detail, final int seconds) {
        request.exchange.problem(retry(code, detail, seconds));
    }

    private void accepted(final RestRequest request) {
        final IngestRequest ingest = request.ingest;
        token.start(request.catalogVersion);
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
        if (request.ackLevel != AckLevel.JOURNALED) {
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
        JsonText.writeLong(reply, request.received);
        ByteBufUtil.writeAscii(reply, ",\"events_accepted\":");
        JsonText.writeLong(reply, request.accepted);
        ByteBufUtil.writeAscii(reply, ",\"rejected\":[");
        if (request.text != null) {
            reply.writeBytes(request.text, request.text.readerIndex(), request.text.readableBytes());
        }
        reply.writeByte(']');
    }
}
