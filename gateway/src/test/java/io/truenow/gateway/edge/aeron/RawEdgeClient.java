package io.truenow.gateway.edge.aeron;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.edge.ClientConnectEncoder;
import io.truenow.codecs.edge.IngestRequestEncoder;
import io.truenow.codecs.edge.MessageHeaderEncoder;
import io.truenow.testing.Await;
import org.agrona.CloseHelper;
import org.agrona.ExpandableArrayBuffer;

import java.nio.ByteOrder;

/** Sends what a client sends and never takes an answer: nobody subscribes to the stream that it names. */
final class RawEdgeClient implements AutoCloseable {
    private static final int DEAF_STREAM_ID = 77;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final Publication publication;
    private long correlationId;

    RawEdgeClient(final Aeron aeron, final String channel) {
        publication = aeron.addPublication(channel, StreamIds.edge());
    }

    boolean isConnected() {
        return publication.isConnected();
    }

    void connect(final long sessionId) {
        final ClientConnectEncoder encoder = new ClientConnectEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).sessionId(sessionId).replyStreamId(DEAF_STREAM_ID).reserved(0)
            .replyChannel("aeron:ipc");
        send(MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    void ingest(final long sessionId, final byte[] batch) {
        final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
        body.putInt(0, batch.length, ByteOrder.LITTLE_ENDIAN);
        body.putBytes(Integer.BYTES, batch);
        final IngestRequestEncoder encoder = new IngestRequestEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).sessionId(sessionId).correlationId(++correlationId).batchCount(1)
            .ackLevel(AckLevel.JOURNALED).reserved1((short) 0).reserved2(0).putBatches(body, 0, Integer.BYTES + batch.length);
        send(MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    @Override
    public void close() {
        CloseHelper.close(publication);
    }

    private void send(final int lengthBytes) {
        Await.until("sent", () -> publication.offer(buffer, 0, lengthBytes) > 0);
    }
}
