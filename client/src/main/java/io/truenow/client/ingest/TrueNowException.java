package io.truenow.client.ingest;

import io.truenow.fabric.problem.ProblemCode;

/** A gateway refused, or did not answer in time. */
public final class TrueNowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    /** A problem that the client found itself. */
    public TrueNowException(final ProblemCode code, final String message) {
        this(code.text(), message);
    }

    /** A problem that a gateway told, which may be of a later version. */
    TrueNowException(final String code, final String message) {
        super(message);
        this.code = code;
    }

    /** Stable, for programs: the text of a {@link ProblemCode}, unless the gateway is of a later version. */
    public String code() {
        return code;
    }
}
