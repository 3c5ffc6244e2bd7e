package io.truenow.gateway.journal;

import org.agrona.DirectBuffer;

/**
 * Reads the journal document by document, batch by batch, in the order of appending. Owned by the journal agent; the buffer is valid until
 * the next {@link #next}, {@link #moveTo} or {@link #close}.
 */
public interface JournalCursor extends AutoCloseable {
    /** The next document read will be that of the index, or the oldest there is if the index is gone. */
    void moveTo(long index);

    /** The next document read will be the current one, from its first batch. */
    void stay();

    /** Moves to the next document; false at the journal's end: everything appended has been read. */
    boolean next();

    /** Index of the current document. */
    long index();

    /** Moves to the next batch of the current document; false if there is none. */
    boolean nextBatch();

    /** Holds the current batch. */
    DirectBuffer buffer();

    /** Of the current batch in the buffer. */
    int offset();

    /** Of the current batch. */
    int length();

    @Override
    void close();
}
