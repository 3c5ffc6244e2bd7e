package io.truenow.gateway.journal;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * A cursor over Chronicle Queue's files. Batches are read where they lie in the mapped file; the open document keeps the mapping alive.
 * Owned by the journal agent.
 */
final class JournalReader implements JournalCursor {
    private final ExcerptTailer tailer;
    private final UnsafeBuffer document = new UnsafeBuffer();
    private DocumentContext context;
    private long index;
    private int batchesLeft;
    private int nextPosition;
    private int offset;
    private int length;
    private boolean isWhole;

    JournalReader(final ExcerptTailer tailer) {
        this.tailer = tailer;
    }

    @Override
    public void moveTo(final long newIndex) {
        leave();
        if (newIndex < 0 || !tailer.moveToIndex(newIndex)) {
            tailer.toStart();
        }
    }

    @Override
    public void stay() {
        if (context != null) {
            context.rollbackOnClose();
            leave();
        }
    }

    @Override
    public boolean next() {
        leave();
        final DocumentContext next = tailer.readingDocument();
        if (!next.isPresent()) {
            next.close();
            return false;
        }
        context = next;
        index = next.index();
        begin(next.wire().bytes());
        return true;
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public boolean nextBatch() {
        if (batchesLeft == 0) {
            return false;
        }
        if (nextPosition + JournalDocument.BATCH_HEADER_BYTES > document.capacity()) {
            return damaged();
        }
        length = document.getInt(nextPosition, ByteOrder.LITTLE_ENDIAN);
        offset = nextPosition + JournalDocument.BATCH_HEADER_BYTES;
        if (length < BatchFields.HEAD_BYTES || length > document.capacity() - offset) {
            return damaged();
        }
        nextPosition += JournalDocument.paddedLength(length);
        batchesLeft--;
        return true;
    }

    @Override
    public DirectBuffer buffer() {
        return document;
    }

    @Override
    public int offset() {
        return offset;
    }

    @Override
    public int length() {
        return length;
    }

    /** Whether no damage was met in the current document so far: a power cut may leave pages of zeros, {@code kill -9} does not. */
    boolean isWhole() {
        return isWhole;
    }

    /** Of the current document. */
    int documentLength() {
        return document.capacity();
    }

    /** Roll cycle of the current document. */
    int cycle() {
        return tailer.queue().rollCycle().toCycle(index);
    }

    @Override
    public void close() {
        leave();
        tailer.close();
    }

    private void begin(final Bytes<?> bytes) {
        isWhole = true;
        final int available = (int)bytes.readRemaining();
        document.wrap(bytes.addressForRead(bytes.readPosition()), available);
        nextPosition = JournalDocument.HEADER_BYTES;
        if (available < JournalDocument.HEADER_BYTES || document.getInt(0, ByteOrder.LITTLE_ENDIAN) != JournalDocument.FORMAT) {
            damaged();
        } else {
            batchesLeft = document.getInt(JournalDocument.COUNT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        }
    }

    private boolean damaged() {
        batchesLeft = 0;
        isWhole = false;
        return false;
    }

    private void leave() {
        batchesLeft = 0;
        if (context != null) {
            context.close();
            context = null;
        }
    }
}
