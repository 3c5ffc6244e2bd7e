package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.JsonText;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.ingest.EventSink;
import io.truenow.gateway.ingest.IngestCall;
import io.truenow.gateway.ingest.Priority;

import java.nio.charset.StandardCharsets;

/** A request of HTTP. Pooled by its event loop, which alone touches it. */
final class RestRequest extends IngestCall {
    private static final int MAX_ECHOED_BYTES = 256;

    private final RestLoop loop;
    HttpExchange exchange;
    boolean batchOnly;
    private AckLevel ackLevel;
    private Priority priority;

    boolean isBatch;
    /** Batch: the objects of {@code rejected}, commas between them; one event: its id as a JSON string. */
    ByteBuf text;
    /** Code that all rejected events have in common, or null where they differ. */
    ProblemCode commonCode;

    RestRequest(final RestLoop loop) {
        this.loop = loop;
    }

    void start(final HttpExchange newExchange, final boolean newBatchOnly, final AckLevel newAckLevel, final Priority newPriority) {
        exchange = newExchange;
        batchOnly = newBatchOnly;
        ackLevel = newAckLevel;
        priority = newPriority;
    }

    @Override
    protected AckLevel ackLevel() {
        return ackLevel;
    }

    @Override
    protected Priority priority() {
        return priority;
    }

    @Override
    protected long countedBytes() {
        return exchange.countedBytes();
    }

    /** The exchange counts: what is usual is counted since the request came. */
    @Override
    protected boolean hold(final long bytes) {
        exchange.hold(bytes + textBytes());
        return true;
    }

    @Override
    protected Problem read(final EventSink sink) {
        releaseText();
        isBatch = batchOnly;
        commonCode = null;
        return loop.reader().read(this, sink);
    }

    @Override
    protected void onRefused(final Problem problem) {
        exchange.problem(problem);
    }

    @Override
    protected void onNoneAccepted() {
        loop.replies().noneAccepted(this);
    }

    @Override
    protected void onCompleted() {
        loop.replies().answer(this);
    }

    @Override
    protected void onEnd() {
        releaseText();
        exchange = null;
        loop.giveBack(this);
    }

    int textBytes() {
        return text == null ? 0 : text.readableBytes();
    }

    /** One event: keeps its id for the answer. */
    void keepEventId(final EventRow row, final byte[] bytes) {
        text = ByteBufAllocator.DEFAULT.directBuffer(MAX_ECHOED_BYTES);
        JsonBytes.writeString(text, bytes, row.eventIdOffset(), row.eventIdLength());
    }

    /** Batch: notes an event that is not accepted. */
    void reject(final EventRow row, final byte[] bytes, final int index) {
        final ProblemCode code = row.error();
        if (text == null) {
            text = ByteBufAllocator.DEFAULT.directBuffer(1_024);
            commonCode = code;
        } else {
            text.writeByte(',');
            commonCode = code == commonCode ? code : null;
        }
        ByteBufUtil.writeAscii(text, "{\"index\":");
        JsonText.writeLong(text, index);
        ByteBufUtil.writeAscii(text, ",\"event_id\":");
        if (row.hasEventId()) {
            JsonBytes.writeString(text, bytes, row.eventIdOffset(),
                JsonBytes.truncated(bytes, row.eventIdOffset(), row.eventIdLength(), MAX_ECHOED_BYTES));
        } else {
            ByteBufUtil.writeAscii(text, "null");
        }
        ByteBufUtil.writeAscii(text, ",\"code\":");
        JsonText.writeString(text, code.text());
        ByteBufUtil.writeAscii(text, ",\"message\":\"");
        ByteBufUtil.writeAscii(text, row.errorField());
        JsonBytes.writeEscaped(text, bytes, row.errorNameOffset(),
            JsonBytes.truncated(bytes, row.errorNameOffset(), row.errorNameLength(), MAX_ECHOED_BYTES));
        text.writeByte(' ');
        final byte[] detail = row.errorDetail().getBytes(StandardCharsets.UTF_8);
        JsonBytes.writeEscaped(text, detail, 0, detail.length);
        ByteBufUtil.writeAscii(text, "\"}");
    }

    private void releaseText() {
        if (text != null) {
            text.release();
            text = null;
        }
    }
}
