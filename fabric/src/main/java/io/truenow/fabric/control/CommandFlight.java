package io.truenow.fabric.control;

import io.truenow.codecs.control.CommandBatchEncoder;
import io.truenow.codecs.control.CommandBatchReplyDecoder;
import io.truenow.codecs.control.CommandReplyDecoder;
import io.truenow.codecs.control.CommandStatus;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.fabric.catalog.RecordFrames;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Commands that go to the control plane together: one as it is, several as a batch, which is one entry of the log and at most one version
 * of the catalog. So while one flight is away the next one gathers, and many tables cost few round trips. The client's agent only.
 */
final class CommandFlight {
    /** As many as a request may name new tables. */
    static final int MAX_COMMANDS = 64;
    /** What the commands of a batch create has to fit one message of the catalog's publication, with room to spare. */
    static final int MAX_BATCH_BYTES = 24 * 1024;
    private static final long ANY_VERSION = -1;

    final long sequence;
    private final List<PendingCommand> commands = new ArrayList<>();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final CommandReplyDecoder replyDecoder = new CommandReplyDecoder();
    private final CommandBatchReplyDecoder batchDecoder = new CommandBatchReplyDecoder();
    private MutableDirectBuffer buffer;
    private int lengthBytes;

    private CommandFlight(final long sequence) {
        this.sequence = sequence;
    }

    /** As many of the commands that wait as go together, null if none waits. */
    static CommandFlight board(final Queue<PendingCommand> waiting, final long clientId, final long sequence) {
        PendingCommand next = waiting.poll();
        if (next == null) {
            return null;
        }
        final CommandFlight flight = new CommandFlight(sequence);
        int bytes = 0;
        while (next != null) {
            flight.commands.add(next);
            bytes += RecordFrames.framedLength(next.lengthBytes);
            next = waiting.peek();
            if (next != null) {
                final boolean fits = flight.commands.size() < MAX_COMMANDS
                    && bytes + RecordFrames.framedLength(next.lengthBytes) <= MAX_BATCH_BYTES;
                next = fits ? waiting.poll() : null;
            }
        }
        flight.encode(clientId);
        return flight;
    }

    /** What is sent. */
    DirectBuffer buffer() {
        return buffer;
    }

    /** Its length. */
    int lengthBytes() {
        return lengthBytes;
    }

    /** Fails the commands whose callers have waited long enough; true if nobody waits any more. */
    boolean expire(final long nowNs, final String reason) {
        boolean isOver = true;
        for (final PendingCommand command : commands) {
            if (!command.future.isDone() && nowNs - command.deadlineNs > 0) {
                command.fail(reason);
            }
            isOver &= command.future.isDone();
        }
        return isOver;
    }

    /** Fails all. */
    void fail(final String reason) {
        commands.forEach(command -> command.fail(reason));
    }

    /** The answer to a single command, or the refusal of the batch as a whole. */
    void onReply(final DirectBuffer reply, final int offset) {
        final CommandReply decoded = decode(reply, offset);
        commands.forEach(command -> command.future.complete(decoded));
    }

    /** The answers to a batch. */
    void onBatchReply(final DirectBuffer reply, final int offset) {
        headerDecoder.wrap(reply, offset);
        batchDecoder.wrapAndApplyHeader(reply, offset, headerDecoder);
        final int length = batchDecoder.repliesLength();
        final int start = batchDecoder.limit() + CommandBatchReplyDecoder.repliesHeaderLength();
        final List<CommandReply> replies = new ArrayList<>();
        RecordFrames.forEach(reply, start, length, (at, ignored) -> replies.add(decode(reply, at)));
        for (int i = 0; i < commands.size(); i++) {
            commands.get(i).future.complete(replies.get(i));
        }
    }

    private void encode(final long clientId) {
        if (commands.size() == 1) {
            buffer = commands.getFirst().buffer;
            lengthBytes = commands.getFirst().lengthBytes;
            CommandWriter.sequence(buffer, sequence);
            return;
        }
        final ExpandableArrayBuffer frames = new ExpandableArrayBuffer(MAX_BATCH_BYTES);
        int at = 0;
        for (final PendingCommand command : commands) {
            at = RecordFrames.append(frames, at, command.buffer, command.lengthBytes);
        }
        final CommandBatchEncoder encoder = new CommandBatchEncoder();
        buffer = new ExpandableArrayBuffer(at + 128);
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).putCommands(frames, 0, at);
        lengthBytes = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    private CommandReply decode(final DirectBuffer reply, final int offset) {
        headerDecoder.wrap(reply, offset);
        replyDecoder.wrapAndApplyHeader(reply, offset, headerDecoder);
        final boolean isAccepted = replyDecoder.status() == CommandStatus.OK;
        final long catalogVersion = replyDecoder.catalogVersion();
        final long resultId = replyDecoder.resultId();
        final String code = replyDecoder.code();
        final String message = replyDecoder.message();
        return isAccepted ? CommandReply.accepted(catalogVersion, resultId) : CommandReply.refused(code, message, catalogVersion, resultId);
    }
}
