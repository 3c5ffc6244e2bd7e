package io.truenow.gateway.journal;

import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

/** What became of an {@link IngestRequest}. Unless it is journaled, nothing of it was accepted. */
public enum IngestOutcome {
    /** Not known yet. */
    PENDING,
    /** The wanted acknowledgement level is reached. */
    OK,
    /** Journaled, positions are assigned, and it will be applied; but the owners did not say so before the deadline of the gateway. */
    NOT_APPLIED_IN_TIME(ProblemCode.NOT_APPLIED_IN_TIME,
        "The events are journaled and will be applied, but were not yet. Sending them again is safe."),
    /** The journal is at its byte budget. */
    JOURNAL_FULL(ProblemCode.JOURNAL_FULL, "The journal is at its budget."),
    /** The journal cannot be written, as when its disk is full. */
    JOURNAL_UNAVAILABLE(ProblemCode.JOURNAL_UNAVAILABLE, "The journal cannot be written."),
    /** No hot-tier node owns the shard of some batch. */
    SHARD_UNASSIGNED(ProblemCode.NO_HOT_TIER, "No hot-tier node holds the table yet."),
    /** No lane that owns the shard of some batch takes any more, as when its memory is full. */
    SHARD_STALLED(ProblemCode.HOT_TIER_STALLED, "The hot tier takes no more events of the table: its memory is full, or it hangs."),
    /** An event is older than what its lane has told meanwhile that it keeps. Edges know that by now. */
    RETENTION_MOVED(ProblemCode.RETENTION_MOVED,
        "The hot tier has just evicted old events of the table, and events of the request are older than what it keeps now."),
    /** Since the gateway started no lane has told from when on it keeps events of the shard. */
    RETENTION_UNKNOWN(ProblemCode.RETENTION_UNKNOWN, "The hot tier has not told yet from when on it keeps events of the table."),
    /** The gateway does not know its id yet. */
    NOT_REGISTERED(ProblemCode.NOT_REGISTERED, "The gateway is not registered with the control plane yet."),
    /** More than {@link IngestRequest#MAX_BYTES} of batches. */
    TOO_LARGE(ProblemCode.REQUEST_TOO_LARGE, "The request's events take more than 12 MiB; send fewer at a time."),
    /** The gateway is closing. */
    CLOSED(ProblemCode.SHUTTING_DOWN, "The gateway is closing.");

    private final Problem problem;

    IngestOutcome() {
        this.problem = null;
    }

    IngestOutcome(final ProblemCode code, final String detail) {
        this.problem = Problem.of(code, code.isRepeatable() ? detail + " Nothing was accepted; send the request again." : detail);
    }

    /** What clients are told; null while nothing is wrong. */
    public Problem problem() {
        return problem;
    }

    /** Whether the request is in the journal and has positions. */
    public boolean isJournaled() {
        return this == OK || this == NOT_APPLIED_IN_TIME;
    }
}
