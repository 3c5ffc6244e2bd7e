package io.truenow.query.plan;

import io.truenow.fabric.problem.Problem;

/** A query that cannot be carried out as it was asked. Carries no stack trace: it speaks of the request, not of this program. */
public final class RefusedQueryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem refusal;

    public RefusedQueryException(final Problem refusal) {
        super(refusal.detail(), null, false, false);
        this.refusal = refusal;
    }

    /** What to answer. */
    public Problem refusal() {
        return refusal;
    }
}
