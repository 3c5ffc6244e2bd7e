package io.truenow.fabric.process;

/** A directory cannot be used; the message is one line for the person who starts the process. */
public final class DataDirectoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DataDirectoryException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
