package io.truenow.gateway.edge.aeron;

import io.truenow.codecs.edge.EdgeStatus;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

/** Why batches of clients are refused, beside what the journal says. Fixed texts: what the client sent is in the client's hands. */
final class BatchProblems {
    static final Problem MALFORMED = Problem.of(ProblemCode.MALFORMED_REQUEST, "the request's batches do not fill it");
    static final Problem BAD_BATCH = Problem.of(ProblemCode.BAD_BATCH, "a batch is damaged or malformed");
    static final Problem UNKNOWN_TABLE = Problem.of(ProblemCode.UNKNOWN_TABLE, "a batch names a table that does not exist");
    static final Problem STALE_LAYOUT =
        Problem.of(ProblemCode.STALE_LAYOUT, "a batch was built for another layout of the table: bind it again");
    static final Problem UNKNOWN_COLUMN = Problem.of(ProblemCode.UNKNOWN_COLUMN, "a batch has a column that its schema version lacks");
    static final Problem WRONG_SHARD = Problem.of(ProblemCode.WRONG_SHARD, "a batch holds events of another shard or table");
    static final Problem TOO_OLD = Problem.of(ProblemCode.EVENT_TOO_OLD,
        "an event is older than what the table retains, or than what the hot tier keeps of it now");
    static final Problem IN_FUTURE = Problem.of(ProblemCode.EVENT_IN_FUTURE, "an event is more than a minute ahead");
    static final Problem NOT_FINITE = Problem.of(ProblemCode.INVALID_METRIC, "a metric is not finite");
    static final Problem BAD_TEXT = Problem.of(ProblemCode.INVALID_DIMENSION, "a dimension's value is not UTF-8 or exceeds 1 KiB");
    static final Problem INTERNAL =
        Problem.of(ProblemCode.INTERNAL_ERROR, "the gateway or the control plane failed; the gateway's log says more");
    static final Problem CATALOG_BEHIND =
        Problem.of(ProblemCode.CATALOG_BEHIND, "the gateway's view of the catalog is behind the client's");
    static final Problem BUSY = Problem.of(ProblemCode.GATEWAY_BUSY, "the gateway's queues are full");
    static final Problem CONTROL_AWAY = Problem.of(ProblemCode.CONTROL_UNAVAILABLE, "the control plane did not answer");

    private BatchProblems() {
    }

    /** What a client is told to do. */
    static EdgeStatus status(final Problem problem) {
        return problem.code().isRepeatable() ? EdgeStatus.RETRY : EdgeStatus.REJECTED;
    }
}
