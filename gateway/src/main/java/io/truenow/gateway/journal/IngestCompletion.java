package io.truenow.gateway.journal;

/** Told once for each request that {@link JournalProxy#offer} took. */
@FunctionalInterface
public interface IngestCompletion {
    /**
     * Called on the journal agent's thread: hand over and return, do not encode, block or throw. From now on the gateway does not touch the
     * request nor the buffers of its batches: they may be used again.
     */
    void onComplete(IngestRequest request);

    /** Called on the journal agent's thread after one or more requests were completed: the time to wake a thread that waits for them. */
    default void onTurnEnd() {
    }
}
