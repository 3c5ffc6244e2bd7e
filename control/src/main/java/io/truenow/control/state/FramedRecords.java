package io.truenow.control.state;

import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.TombstoneEncoder;
import io.truenow.fabric.catalog.RecordFrames;
import io.truenow.fabric.catalog.RecordKind;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/** Records one behind the other, as they are published, see {@link RecordFrames}. One thread. */
final class FramedRecords implements RecordWriter {
    private final MutableDirectBuffer buffer = new ExpandableArrayBuffer(1024);
    private int lengthBytes;

    @Override
    public <V> void record(final RecordKind<V> kind, final long version, final V value) {
        frame(kind.encode(buffer, lengthBytes + RecordFrames.HEADER_LENGTH, version, value));
    }

    @Override
    public void tombstone(final RecordKind<?> kind, final long version, final int id) {
        final TombstoneEncoder encoder = new TombstoneEncoder();
        encoder.wrapAndApplyHeader(buffer, lengthBytes + RecordFrames.HEADER_LENGTH, new MessageHeaderEncoder())
            .version(version)
            .recordId(id)
            .recordKind(kind.templateId());
        frame(MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    byte[] bytes() {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private void frame(final int recordLength) {
        lengthBytes = RecordFrames.frame(buffer, lengthBytes, recordLength);
    }
}
