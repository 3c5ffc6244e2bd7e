package io.truenow.query.scatter;

import io.truenow.fabric.problem.Problem;
import io.truenow.query.answer.AnswerSink;
import io.truenow.query.merge.ResultSchema;

/**
 * Where a query's answer goes. Called on the scatter agent's thread: hand over, do not compute. Either {@link #begin} is called, and the
 * sink is finished, or {@link #refuse}; or the latter after the former, when the sink was closed.
 */
public interface QueryReply {
    /**
     * Begins an answer in the form that the asker wants.
     *
     * @param rowCount how many rows there will be.
     * @param maxBytes that the answer may have.
     */
    AnswerSink begin(ResultSchema schema, int rowCount, long maxBytes);

    /** Says why there is none. */
    void refuse(Problem refusal);

    /** Whether nobody waits any more; the query is then cancelled, and refused so that the request is let go. */
    boolean isAbandoned();
}
