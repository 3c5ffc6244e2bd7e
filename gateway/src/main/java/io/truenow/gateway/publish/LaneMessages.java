package io.truenow.gateway.publish;

import io.truenow.codecs.ingest.CaughtUpEncoder;
import io.truenow.codecs.ingest.ConnectEncoder;
import io.truenow.codecs.ingest.IngestEnvelopeEncoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.fabric.peer.PeerLink;
import io.truenow.fabric.peer.Sent;
import io.truenow.format.batch.BatchPosition;
import io.truenow.gateway.journal.BatchFields;
import io.truenow.gateway.journal.JournalSource;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

/** What a gateway says to a lane. Shared by all destinations of one journal agent, whose thread owns it; holds nothing between calls. */
final class LaneMessages {
    /** A CaughtUp message of this many shards is about 16 KiB. */
    static final int MAX_CAUGHT_UP_SHARDS = 512;

    private static final int ENVELOPE_BYTES = MessageHeaderEncoder.ENCODED_LENGTH + IngestEnvelopeEncoder.BLOCK_LENGTH;

    private final UnsafeBuffer envelopeBuffer = new UnsafeBuffer(ByteBuffer.allocateDirect(ENVELOPE_BYTES + BatchFields.HEAD_BYTES));
    private final UnsafeBuffer messageBuffer = new UnsafeBuffer(ByteBuffer.allocateDirect(32 * 1024));
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final IngestEnvelopeEncoder envelope = new IngestEnvelopeEncoder();
    private final ConnectEncoder connect = new ConnectEncoder();
    private final CaughtUpEncoder caughtUp = new CaughtUpEncoder();
    private int gatewayId;
    private long incarnation;

    void identity(final int newGatewayId, final long newIncarnation) {
        gatewayId = newGatewayId;
        incarnation = newIncarnation;
    }

    Sent offerConnect(final PeerLink publication) {
        connect.wrapAndApplyHeader(messageBuffer, 0, header).gatewayId(gatewayId).reserved(0).incarnation(incarnation);
        return publication.offer(messageBuffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + connect.encodedLength());
    }

    /** Envelope and batch, the batch from where it lies. */
    Sent offerBatch(final PeerLink publication, final long epoch, final DirectBuffer batch, final int offset, final int length) {
        envelope.wrapAndApplyHeader(envelopeBuffer, 0, header).epoch(epoch);
        return publication.offer(envelopeBuffer, 0, ENVELOPE_BYTES, batch, offset, length);
    }

    /** The same, but the batch says that the journal holds none before it, whatever it said when it was appended. */
    Sent offerFirstHeld(
        final PeerLink publication, final long epoch, final DirectBuffer batch, final int offset, final int length) {
        envelope.wrapAndApplyHeader(envelopeBuffer, 0, header).epoch(epoch);
        envelopeBuffer.putBytes(ENVELOPE_BYTES, batch, offset, BatchFields.HEAD_BYTES);
        BatchPosition.assign(
            envelopeBuffer, ENVELOPE_BYTES,
            BatchFields.gatewayId(batch, offset), BatchFields.incarnation(batch, offset), BatchFields.sequence(batch, offset), 0, 0);
        return publication.offer(
            envelopeBuffer, 0, ENVELOPE_BYTES + BatchFields.HEAD_BYTES,
            batch, offset + BatchFields.HEAD_BYTES, length - BatchFields.HEAD_BYTES);
    }

    /** Answers a Resume for some of its shards, with the journal's last positions. */
    Sent offerCaughtUp(
        final PeerLink publication, final long resumeId, final ShardFlow[] flows, final int count, final JournalSource journal) {
        final CaughtUpEncoder.ShardsEncoder shards = caughtUp.wrapAndApplyHeader(messageBuffer, 0, header)
            .gatewayId(gatewayId).reserved(0).resumeId(resumeId)
            .shardsCount(count);
        for (int i = 0; i < count; i++) {
            final ShardFlow flow = flows[i];
            shards.next()
                .shardId(flow.shardId)
                .reserved(0)
                .epoch(flow.assignedEpoch)
                .incarnation(journal.lastIncarnation(flow.shardId))
                .sequence(journal.lastSequence(flow.shardId));
        }
        return publication.offer(messageBuffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + caughtUp.encodedLength());
    }
}
