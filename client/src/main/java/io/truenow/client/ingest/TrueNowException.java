package io.truenow.client.ingest;

/** A gateway refused, or did not answer in time. */
public final class TrueNowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    public TrueNowException(final String code, final String message) {
        super(message);
        this.code = code;
    }

    /** Stable, for programs. */
    public String code() {
        return code;
    }
}
