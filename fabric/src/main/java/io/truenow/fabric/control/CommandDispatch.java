package io.truenow.fabric.control;

import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.truenow.codecs.control.CommandBatchReplyDecoder;
import io.truenow.codecs.control.CommandReplyDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import org.agrona.DirectBuffer;

import java.util.Queue;

/**
 * The flight that is under way: sent, sent again with its sequence while nobody answers, and given up at the deadlines of its commands,
 * which no resending and no other session moves. The client's agent only.
 */
final class CommandDispatch {
    /** Where commands go: a session with the cluster. */
    @FunctionalInterface
    interface Ingress {
        /** As {@link Publication#offer(DirectBuffer, int, int)}. */
        long offer(DirectBuffer buffer, int lengthBytes);
    }

    static final long RESEND_NS = 500_000_000L;
    /** Sends without an answer after which the session is taken for dead, long before its images time out. */
    static final int MAX_SENDS = 2;

    private final long clientId;
    private final Queue<PendingCommand> waiting;
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final CommandReplyDecoder replyDecoder = new CommandReplyDecoder();
    private final CommandBatchReplyDecoder batchReplyDecoder = new CommandBatchReplyDecoder();
    private CommandFlight current;
    private long sequence;
    private boolean isSent;
    private int sends;
    private long sentNs;
    private boolean isSessionDead;

    CommandDispatch(final long clientId, final Queue<PendingCommand> waiting) {
        this.clientId = clientId;
        this.waiting = waiting;
    }

    /** Sends what is due; {@code ingress} is null while there is no session. */
    int doWork(final long nowNs, final Ingress ingress) {
        int workCount = 0;
        if (current == null) {
            current = CommandFlight.board(waiting, clientId, sequence + 1);
            if (current == null) {
                return 0;
            }
            workCount++;
            isSent = false;
            sends = 0;
            sequence++;
        }
        if (current.expire(nowNs, "no leader of the control plane answered in time")) {
            current = null;
            return workCount + 1;
        }
        if (ingress != null && !isSessionDead && (!isSent || nowNs - sentNs > RESEND_NS)) {
            if (isSent && sends >= MAX_SENDS) {
                isSessionDead = true;
                return workCount + 1;
            }
            workCount += send(nowNs, ingress);
        }
        return workCount;
    }

    /** Whether the session does not answer or cannot be written to: it must be replaced by another. */
    boolean isSessionDead() {
        return isSessionDead;
    }

    /** There is no session any more, or another one: what is under way is to be sent there, as if for the first time. */
    void onNewSession() {
        isSessionDead = false;
        isSent = false;
        sends = 0;
    }

    /** The session goes on with another leader, who may not know what is under way. */
    void onNewLeader() {
        isSent = false;
    }

    /** A message of the cluster: completes what it answers, and nothing else. */
    void onReply(final DirectBuffer buffer, final int offset) {
        headerDecoder.wrap(buffer, offset);
        if (headerDecoder.schemaId() != CommandReplyDecoder.SCHEMA_ID) {
            return;
        }
        final CommandFlight flight = current;
        if (headerDecoder.templateId() == CommandReplyDecoder.TEMPLATE_ID) {
            replyDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
            if (isAwaited(flight, replyDecoder.clientId(), replyDecoder.sequence())) {
                current = null;
                flight.onReply(buffer, offset);
            }
        } else if (headerDecoder.templateId() == CommandBatchReplyDecoder.TEMPLATE_ID) {
            batchReplyDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
            if (isAwaited(flight, batchReplyDecoder.clientId(), batchReplyDecoder.sequence())) {
                current = null;
                flight.onBatchReply(buffer, offset);
            }
        }
    }

    /** Fails what is under way. */
    void fail(final String reason) {
        if (current != null) {
            current.fail(reason);
            current = null;
        }
    }

    private int send(final long nowNs, final Ingress ingress) {
        final long result;
        try {
            result = ingress.offer(current.buffer(), current.lengthBytes());
        } catch (final AeronException e) {
            isSessionDead = true;
            return 1;
        }
        if (result > 0) {
            isSent = true;
            sends++;
            sentNs = nowNs;
            return 1;
        }
        if (result == Publication.MAX_POSITION_EXCEEDED) {
            isSessionDead = true;
        }
        return 0;
    }

    private boolean isAwaited(final CommandFlight flight, final long repliedClientId, final long repliedSequence) {
        return flight != null && repliedClientId == clientId && repliedSequence == flight.sequence;
    }
}
