package io.truenow.perf;

/** The measurement is void: the system under load did not do what it acknowledged. */
public final class BenchFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BenchFailure(final String message) {
        super(message);
    }

    public BenchFailure(final String message, final Throwable cause) {
        super(message, cause);
    }
}
