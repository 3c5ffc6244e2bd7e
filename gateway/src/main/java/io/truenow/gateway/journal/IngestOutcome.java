package io.truenow.gateway.journal;

/** What became of an {@link IngestRequest}. */
public enum IngestOutcome {
    /** Not known yet. */
    PENDING,
    /** The wanted acknowledgement level is reached. */
    OK,
    /** Journaled, positions are assigned, and it will be applied; but the owners did not say so before the deadline of the gateway. */
    NOT_APPLIED_IN_TIME,
    /** Nothing was accepted: the journal is at its byte budget. */
    JOURNAL_FULL,
    /** Nothing was accepted: the journal cannot be written, as when its disk is full. */
    JOURNAL_UNAVAILABLE,
    /** Nothing was accepted: no hot-tier node owns the shard of some batch. */
    SHARD_UNASSIGNED,
    /** Nothing was accepted: no lane that owns the shard of some batch takes any more, as when its memory is full. */
    SHARD_STALLED,
    /** Nothing was accepted: an event is older than what its lane has told meanwhile that it keeps. Edges know that by now. */
    RETENTION_MOVED,
    /** Nothing was accepted: since the gateway started no lane has told from when on it keeps events of the shard. */
    RETENTION_UNKNOWN,
    /** Nothing was accepted: the gateway does not know its id yet. */
    NOT_REGISTERED,
    /** Nothing was accepted: more than {@link IngestRequest#MAX_BYTES} of batches. */
    TOO_LARGE,
    /** Nothing was accepted: the gateway is closing. */
    CLOSED;

    /** Whether the request is in the journal and has positions. */
    public boolean isJournaled() {
        return this == OK || this == NOT_APPLIED_IN_TIME;
    }
}
