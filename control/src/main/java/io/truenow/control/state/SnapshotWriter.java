package io.truenow.control.state;

import io.truenow.codecs.control.CommandSessionEncoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.SnapshotEndEncoder;
import io.truenow.codecs.control.SnapshotHeaderEncoder;
import io.truenow.fabric.catalog.RecordKind;
import org.agrona.ExpandableArrayBuffer;

import java.util.Map;

/** Writes the state machine: header, sessions, records (namespaces before tables), end. */
final class SnapshotWriter implements RecordWriter {
    private final SnapshotSink sink;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private long recordCount;

    SnapshotWriter(final SnapshotSink sink) {
        this.sink = sink;
    }

    void write(final CatalogState state, final CommandSessions sessions) {
        final SnapshotHeaderEncoder begin = new SnapshotHeaderEncoder();
        begin.wrapAndApplyHeader(buffer, 0, header)
            .catalogIdHigh(state.catalogIdHigh)
            .catalogIdLow(state.catalogIdLow)
            .version(state.version())
            .nextNamespaceId(state.nextNamespaceId)
            .nextTableId(state.nextTableId)
            .nextShardId(state.nextShardId)
            .nextServiceId(state.nextServiceId);
        send(MessageHeaderEncoder.ENCODED_LENGTH + begin.encodedLength());

        final CommandSessionEncoder sessionEncoder = new CommandSessionEncoder();
        for (final Map.Entry<Long, CommandSessions.Session> entry : sessions.all().entrySet()) {
            final CommandSessions.Session session = entry.getValue();
            sessionEncoder.wrapAndApplyHeader(buffer, 0, header)
                .clientId(entry.getKey())
                .sequence(session.sequence())
                .lastActiveUs(session.lastActiveUs())
                .putReply(session.reply(), 0, session.reply().length);
            send(MessageHeaderEncoder.ENCODED_LENGTH + sessionEncoder.encodedLength());
        }
        state.write(this);

        final SnapshotEndEncoder end = new SnapshotEndEncoder();
        end.wrapAndApplyHeader(buffer, 0, header).recordCount(recordCount);
        send(MessageHeaderEncoder.ENCODED_LENGTH + end.encodedLength());
    }

    @Override
    public <V> void record(final RecordKind<V> kind, final long version, final V value) {
        send(kind.encode(buffer, 0, version, value));
    }

    @Override
    public void tombstone(final RecordKind<?> kind, final long version, final int id) {
        throw new IllegalStateException("a snapshot has no tombstones");
    }

    private void send(final int lengthBytes) {
        sink.onMessage(buffer, 0, lengthBytes);
        recordCount++;
    }
}
