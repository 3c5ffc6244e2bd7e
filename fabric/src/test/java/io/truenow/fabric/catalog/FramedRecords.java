package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.TombstoneEncoder;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Records as control sends them, one behind the other. */
public final class FramedRecords {
    private static final int CAPACITY_BYTES = 8_192;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MutableDirectBuffer buffer = new UnsafeBuffer(new byte[CAPACITY_BYTES]);
    private int lengthBytes;

    /** A record. */
    public <V> FramedRecords with(final RecordKind<V> kind, final V value) {
        return frame(kind.encode(buffer, record(), 1, value));
    }

    /** That it is gone. */
    public FramedRecords without(final int templateId, final int id) {
        final TombstoneEncoder encoder = new TombstoneEncoder();
        encoder.wrapAndApplyHeader(buffer, record(), header).version(1).recordId(id).recordKind(templateId);
        return frame(MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /** A record of a later version, of that many bytes behind its header. */
    public FramedRecords unknown(final int bodyLengthBytes) {
        header.wrap(buffer, record()).blockLength(bodyLengthBytes).templateId(999).schemaId(1).version(9);
        return frame(MessageHeaderEncoder.ENCODED_LENGTH + bodyLengthBytes);
    }

    /** All of them. */
    public byte[] bytes() {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private int record() {
        return lengthBytes + RecordFrames.HEADER_LENGTH;
    }

    private FramedRecords frame(final int recordLength) {
        lengthBytes = RecordFrames.frame(buffer, lengthBytes, recordLength);
        return this;
    }
}
