package io.truenow.fabric.process;

/** Another process has the port; the message is for the person who starts this one. */
public final class PortTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private PortTakenException(final String port, final String host, final String cure, final Throwable cause) {
        super("port " + port + " on " + host + " is taken by another process: stop it or set " + cure, cause);
    }

    /** Of a TCP port that a key sets. */
    public static PortTakenException tcp(final String host, final int port, final String portKey, final Throwable cause) {
        return new PortTakenException(Integer.toString(port), host, portKey + " to a free port", cause);
    }

    /** Of a UDP port that a key sets, perhaps with others. */
    public static PortTakenException udp(final String host, final int port, final String portKey, final Throwable cause) {
        return new PortTakenException(port + "/udp", host, portKey, cause);
    }
}
