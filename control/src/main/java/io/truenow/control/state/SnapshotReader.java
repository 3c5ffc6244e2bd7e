package io.truenow.control.state;

import io.truenow.codecs.control.CommandSessionDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.SnapshotEndDecoder;
import io.truenow.codecs.control.SnapshotHeaderDecoder;
import org.agrona.DirectBuffer;

/** Fills an empty state machine from a snapshot. The state machine's thread only. */
public final class SnapshotReader {
    private final CatalogState state;
    private final CommandSessions sessions;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private long recordCount;
    private boolean isDone;

    SnapshotReader(final CatalogState state, final CommandSessions sessions) {
        this.state = state;
        this.sessions = sessions;
    }

    /** Whether the end has been read. */
    public boolean isDone() {
        return isDone;
    }

    /**
     * Reads one message.
     *
     * @throws IllegalStateException if it does not belong here, or some are missing.
     */
    public void onMessage(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        header.wrap(buffer, offset);
        switch (header.templateId()) {
            case SnapshotHeaderDecoder.TEMPLATE_ID -> onHeader(buffer, offset);
            case CommandSessionDecoder.TEMPLATE_ID -> onSession(buffer, offset);
            case SnapshotEndDecoder.TEMPLATE_ID -> onEnd(buffer, offset);
            default -> {
                // unlike a view, a member needs to know all of it: what it would not know it would lose
                if (!state.restore(header.templateId(), buffer, offset)) {
                    throw new IllegalStateException("a snapshot holds a message that this version does not know");
                }
            }
        }
        recordCount++;
    }

    private void onHeader(final DirectBuffer buffer, final int offset) {
        final SnapshotHeaderDecoder decoder = new SnapshotHeaderDecoder().wrapAndApplyHeader(buffer, offset, header);
        state.catalogIdHigh = decoder.catalogIdHigh();
        state.catalogIdLow = decoder.catalogIdLow();
        state.restore(decoder.version());
        state.nextNamespaceId = decoder.nextNamespaceId();
        state.nextTableId = decoder.nextTableId();
        state.nextShardId = decoder.nextShardId();
        state.nextServiceId = decoder.nextServiceId();
    }

    private void onSession(final DirectBuffer buffer, final int offset) {
        final CommandSessionDecoder decoder = new CommandSessionDecoder().wrapAndApplyHeader(buffer, offset, header);
        final byte[] reply = new byte[decoder.replyLength()];
        decoder.getReply(reply, 0, reply.length);
        sessions.put(decoder.clientId(), new CommandSessions.Session(decoder.sequence(), decoder.lastActiveUs(), reply));
    }

    private void onEnd(final DirectBuffer buffer, final int offset) {
        final SnapshotEndDecoder decoder = new SnapshotEndDecoder().wrapAndApplyHeader(buffer, offset, header);
        if (decoder.recordCount() != recordCount) {
            throw new IllegalStateException("a snapshot lacks messages");
        }
        isDone = true;
    }
}
