package io.truenow.driver;

/** The media driver cannot be started or found; the message is one line for the person who starts the process. */
public final class MediaDriverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MediaDriverException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
