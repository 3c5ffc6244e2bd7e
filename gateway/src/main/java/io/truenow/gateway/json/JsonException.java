package io.truenow.gateway.json;

/** The text is not JSON. Without a stack trace: it is a client's mistake, and clients may make many. */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int position;

    JsonException(final int position, final String message) {
        super(message, null, false, false);
        this.position = position;
    }

    /** Byte offset from the start of the text at which it stops being JSON. */
    public int position() {
        return position;
    }
}
