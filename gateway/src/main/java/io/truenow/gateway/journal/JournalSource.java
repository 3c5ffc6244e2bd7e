package io.truenow.gateway.journal;

/** What publication needs of the journal. Owned by the journal agent. */
public interface JournalSource {
    /** A new cursor before the oldest document. */
    JournalCursor newCursor();

    /** Index of the newest document, -1 if there is none. */
    long lastIndex();

    /** Index of the oldest document, -1 if there is none. */
    long firstIndex();

    /** Index from where on every batch of the shard after the position is found; -1 if the journal holds none of the shard. */
    long startAfter(int shardId, long incarnation, long sequence);

    /** Incarnation of the shard's last position, 0 if the journal holds none. */
    long lastIncarnation(int shardId);

    /** Sequence of the shard's last position, 0 if the journal holds none. */
    long lastSequence(int shardId);
}
