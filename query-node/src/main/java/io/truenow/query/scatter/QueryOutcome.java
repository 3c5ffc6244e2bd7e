package io.truenow.query.scatter;

import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemClass;
import io.truenow.fabric.problem.ProblemCode;

/** How a query ended, as the metrics tell it. */
enum QueryOutcome {
    ANSWERED, REFUSED, UNAVAILABLE, DEADLINE, ABANDONED, FAILED;

    static QueryOutcome of(final Problem refusal) {
        if (refusal.code() == ProblemCode.DEADLINE_EXCEEDED) {
            return DEADLINE;
        }
        if (refusal.code().isRepeatable()) {
            return UNAVAILABLE;
        }
        return refusal.code().problemClass() == ProblemClass.INTERNAL ? FAILED : REFUSED;
    }
}
