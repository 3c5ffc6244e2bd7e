package io.truenow.control.state;

import io.truenow.codecs.control.CommandSessionDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.NamespaceRecordDecoder;
import io.truenow.codecs.control.ServiceRecordDecoder;
import io.truenow.codecs.control.ShardRecordDecoder;
import io.truenow.codecs.control.SnapshotEndDecoder;
import io.truenow.codecs.control.SnapshotHeaderDecoder;
import io.truenow.codecs.control.TableRecordDecoder;
import io.truenow.fabric.catalog.CatalogRecords;
import org.agrona.DirectBuffer;

/** Fills an empty state machine from a snapshot. The state machine's thread only. */
public final class SnapshotReader {
    private final CatalogState state;
    private final CommandSessions sessions;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final NamespaceRecordDecoder namespaceDecoder = new NamespaceRecordDecoder();
    private final TableRecordDecoder tableDecoder = new TableRecordDecoder();
    private final ShardRecordDecoder shardDecoder = new ShardRecordDecoder();
    private final ServiceRecordDecoder serviceDecoder = new ServiceRecordDecoder();
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
            case NamespaceRecordDecoder.TEMPLATE_ID -> {
                namespaceDecoder.wrapAndApplyHeader(buffer, offset, header);
                final long version = namespaceDecoder.version();
                state.restore(new CatalogState.NamespaceEntry(version, CatalogRecords.namespace(namespaceDecoder)));
            }
            case TableRecordDecoder.TEMPLATE_ID -> {
                tableDecoder.wrapAndApplyHeader(buffer, offset, header);
                final long version = tableDecoder.version();
                final String namespace = state.namespaces().get(tableDecoder.namespaceId()).namespace().name();
                state.restore(new CatalogState.TableEntry(version, CatalogRecords.table(tableDecoder, namespace)));
            }
            case ShardRecordDecoder.TEMPLATE_ID -> {
                shardDecoder.wrapAndApplyHeader(buffer, offset, header);
                final long version = shardDecoder.version();
                state.restore(new CatalogState.ShardEntry(version, CatalogRecords.shard(shardDecoder)));
            }
            case ServiceRecordDecoder.TEMPLATE_ID -> onService(buffer, offset);
            case SnapshotEndDecoder.TEMPLATE_ID -> onEnd(buffer, offset);
            default -> throw new IllegalStateException("a snapshot holds a message that this version does not know");
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

    private void onService(final DirectBuffer buffer, final int offset) {
        serviceDecoder.wrapAndApplyHeader(buffer, offset, header);
        state.restore(new CatalogState.ServiceEntry(
            serviceDecoder.version(),
            CatalogRecords.service(serviceDecoder),
            new CatalogState.InstanceKey(serviceDecoder.instanceKeyHigh(), serviceDecoder.instanceKeyLow()),
            serviceDecoder.leaseUs(),
            serviceDecoder.leaseDeadlineUs()));
    }

    private void onEnd(final DirectBuffer buffer, final int offset) {
        final SnapshotEndDecoder decoder = new SnapshotEndDecoder().wrapAndApplyHeader(buffer, offset, header);
        if (decoder.recordCount() != recordCount) {
            throw new IllegalStateException("a snapshot lacks messages");
        }
        isDone = true;
    }
}
