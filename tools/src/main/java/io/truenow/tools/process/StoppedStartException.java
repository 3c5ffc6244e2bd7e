package io.truenow.tools.process;

/** The process was told to end while it started: no failure, and nothing to tell. */
final class StoppedStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedStartException() {
        super("stopped while it started", null, false, false);
    }
}
