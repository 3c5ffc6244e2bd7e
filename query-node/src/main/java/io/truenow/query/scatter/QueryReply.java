package io.truenow.query.scatter;

import io.netty.buffer.ByteBuf;
import io.truenow.fabric.problem.Problem;

/**
 * Where a query's answer goes. Called on the scatter agent's thread: hand over, do not compute. Exactly one of answer and refuse is called.
 */
public interface QueryReply {
    /** Gives the JSON answer and its reference away. */
    void answer(ByteBuf json);

    /** Says why there is none. */
    void refuse(Problem refusal);

    /** Whether nobody waits any more; the query is then cancelled, and refused so that the request is let go. */
    boolean isAbandoned();
}
