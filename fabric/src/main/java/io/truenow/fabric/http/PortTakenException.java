package io.truenow.fabric.http;

/** Another process listens on the port; the message is for the person who starts this one. */
public final class PortTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PortTakenException(final String host, final int port, final String portKey, final Throwable cause) {
        super("port " + port + " on " + host + " is taken by another process: stop that, or set " + portKey + " to a free port", cause);
    }
}
