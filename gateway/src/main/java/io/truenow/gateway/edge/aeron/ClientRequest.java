package io.truenow.gateway.edge.aeron;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.edge.IngestRequestDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.problem.Problem;
import io.truenow.gateway.ingest.EventSink;
import io.truenow.gateway.ingest.IngestCall;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * A client's request, with a copy of its batches: the image that they came in is overwritten meanwhile. It belongs to the edge's agent and
 * is pooled by it once its reply is sent or given up.
 */
final class ClientRequest extends IngestCall {
    /** Where the body stands in its memory: a length comes first, so that the batch behind it is aligned to 8. */
    private static final int BODY = Integer.BYTES;
    private static final int MAX_BATCHES = 1_024;

    private final AeronEdgeAgent agent;
    ClientSession session;
    long correlationId;
    /** A reply that cannot be sent by then is dropped: the client will ask again. */
    long replyDeadlineNs;
    /** It is the session's to send its reply. */
    boolean awaitsReply;
    private AckLevel ackLevel;
    private IngestRequestDecoder message;
    private DirectBuffer source;
    private int limit;

    ClientRequest(final AeronEdgeAgent agent) {
        this.agent = agent;
    }

    /**
     * Begins with a message, which it knows no more after {@link #read}.
     *
     * @param newMessage wrapped, at the end of its fields.
     * @param newLimit   where it ends in the source.
     */
    void start(
        final ClientSession newSession, final IngestRequestDecoder newMessage, final DirectBuffer newSource, final int newLimit) {
        session = newSession;
        message = newMessage;
        source = newSource;
        limit = newLimit;
        ackLevel = newMessage.ackLevel();
        correlationId = newMessage.correlationId();
    }

    @Override
    protected AckLevel ackLevel() {
        return ackLevel;
    }

    @Override
    protected Problem read(final EventSink sink) {
        try {
            return take();
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            // told, as without an answer the client would send it again for ever
            agent.onMalformed(e);
            return BatchProblems.MALFORMED;
        } finally {
            message = null;
            source = null;
        }
    }

    @Override
    protected void onRefused(final Problem problem) {
        agent.refuse(this, problem);
    }

    /** Batches have rows. */
    @Override
    protected void onNoneAccepted() {
        onRefused(BatchProblems.MALFORMED);
    }

    @Override
    protected void onCompleted() {
        agent.onCompleted(this);
    }

    @Override
    protected void onEnd() {
        if (!awaitsReply) {
            agent.giveBack(this);
        }
    }

    /** Copies and checks the batches of the message. Null if all are good. */
    private Problem take() {
        final int batchCount = message.batchCount();
        final int bodyLength = message.batchesLength();
        final int body = message.limit() + IngestRequestDecoder.batchesHeaderLength();
        if (batchCount < 1 || batchCount > MAX_BATCHES || bodyLength < 0 || bodyLength > limit - body) {
            return BatchProblems.MALFORMED;
        }
        if (bodyLength > IngestRequest.MAX_BYTES) {
            return IngestOutcome.TOO_LARGE.problem();
        }
        if (!hold(bodyLength)) {
            return BatchProblems.BUSY;
        }
        final UnsafeBuffer memory = memory(BODY + bodyLength);
        memory.putBytes(BODY, source, body, bodyLength);
        return takeBatches(memory, batchCount, BODY + bodyLength);
    }

    private Problem takeBatches(final UnsafeBuffer memory, final int batchCount, final int end) {
        final Catalog catalog = agent.catalog();
        final long nowUs = agent.nowUs();
        int at = BODY;
        for (int i = 0; i < batchCount; i++) {
            if (at > end - Integer.BYTES) {
                return BatchProblems.MALFORMED;
            }
            final int batchLength = memory.getInt(at, ByteOrder.LITTLE_ENDIAN);
            final int batch = at + Integer.BYTES;
            if (batchLength < 0 || batchLength > end - batch) {
                return BatchProblems.MALFORMED;
            }
            final Problem refusal = agent.check().check(memory, batch, batchLength, catalog, nowUs);
            if (refusal != null) {
                return refusal;
            }
            addBatch(memory, batch, batchLength, agent.check().rowCount(), nowUs);
            at += (batchLength + 7 & ~7) + Long.BYTES;
        }
        return null;
    }
}
