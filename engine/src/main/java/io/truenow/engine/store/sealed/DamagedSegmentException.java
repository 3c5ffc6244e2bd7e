package io.truenow.engine.store.sealed;

import java.io.IOException;

/** A segment file is not what was written; the message says what is wrong with it, without naming the file. */
public final class DamagedSegmentException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong, in one line. */
    public DamagedSegmentException(final String message) {
        super(message);
    }
}
