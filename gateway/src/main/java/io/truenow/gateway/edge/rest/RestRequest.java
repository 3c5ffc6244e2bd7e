package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.http.HttpExchange;
import io.truenow.fabric.http.JsonText;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.table.TableNeed;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A request from its arrival to its answer. Pooled by its event loop, which alone touches it, {@link #ingest} aside while the journal has
 * that.
 */
final class RestRequest {
    private static final int MAX_ECHOED_BYTES = 256;

    final IngestRequest ingest = new IngestRequest();
    final UnsafeBuffer batchesView = new UnsafeBuffer(0, 0);
    final int[] rejectedByCode = new int[ProblemCode.values().length];

    HttpExchange exchange;
    boolean batchOnly;
    AckLevel ackLevel;

    boolean isBatch;
    int received;
    int accepted;
    long catalogVersion;
    ByteBuf batches;
    /** Batch: the objects of {@code rejected}, commas between them; one event: its id as a JSON string. */
    ByteBuf text;
    /** Code that all rejected events have in common, or null where they differ. */
    ProblemCode commonCode;

    final List<TableNeed> asked = new ArrayList<>();
    final List<CompletableFuture<CommandReply>> replies = new ArrayList<>();
    /** By {@link SchemaNeeds#key}. */
    final Map<String, Problem> refusals = new HashMap<>();
    /** Keys of the tables that were asked for, over all readings. */
    final Set<String> tables = new HashSet<>();
    int passes;
    long deadlineNs;

    void start(final HttpExchange newExchange, final boolean newBatchOnly, final AckLevel newAckLevel) {
        exchange = newExchange;
        batchOnly = newBatchOnly;
        ackLevel = newAckLevel;
        passes = 0;
        asked.clear();
        replies.clear();
        refusals.clear();
        tables.clear();
        startPass();
    }

    /** Forgets what an earlier reading of the body found. */
    void startPass() {
        releaseBuffers();
        isBatch = batchOnly;
        received = 0;
        accepted = 0;
        commonCode = null;
        Arrays.fill(rejectedByCode, 0);
    }

    void releaseBuffers() {
        if (batches != null) {
            batches.release();
            batches = null;
        }
        if (text != null) {
            text.release();
            text = null;
        }
    }

    int rejected() {
        return received - accepted;
    }

    int textBytes() {
        return text == null ? 0 : text.readableBytes();
    }

    /** One event: keeps its id for the answer. */
    void keepEventId(final EventRow row, final byte[] bytes) {
        text = ByteBufAllocator.DEFAULT.directBuffer(MAX_ECHOED_BYTES);
        JsonBytes.writeString(text, bytes, row.eventIdOffset, row.eventIdLength);
    }

    /** Batch: notes an event that is not accepted. */
    void reject(final EventRow row, final byte[] bytes, final int index) {
        final ProblemCode code = row.error;
        if (text == null) {
            text = ByteBufAllocator.DEFAULT.directBuffer(1_024);
            commonCode = code;
        } else {
            text.writeByte(',');
            commonCode = code == commonCode ? code : null;
        }
        rejectedByCode[row.error.ordinal()]++;
        ByteBufUtil.writeAscii(text, "{\"index\":");
        JsonText.writeLong(text, index);
        ByteBufUtil.writeAscii(text, ",\"event_id\":");
        if (row.hasEventId) {
            JsonBytes.writeString(text, bytes, row.eventIdOffset,
                JsonBytes.truncated(bytes, row.eventIdOffset, row.eventIdLength, MAX_ECHOED_BYTES));
        } else {
            ByteBufUtil.writeAscii(text, "null");
        }
        ByteBufUtil.writeAscii(text, ",\"code\":");
        JsonText.writeString(text, code.text());
        ByteBufUtil.writeAscii(text, ",\"message\":\"");
        ByteBufUtil.writeAscii(text, row.errorField);
        JsonBytes.writeEscaped(text, bytes, row.errorNameOffset,
            JsonBytes.truncated(bytes, row.errorNameOffset, row.errorNameLength, MAX_ECHOED_BYTES));
        text.writeByte(' ');
        final byte[] detail = row.errorDetail.getBytes(StandardCharsets.UTF_8);
        JsonBytes.writeEscaped(text, detail, 0, detail.length);
        ByteBufUtil.writeAscii(text, "\"}");
    }
}
