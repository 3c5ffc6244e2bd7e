package io.truenow.fabric.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A blocking client that sends what it is told, right or wrong, and reads whole answers. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    RawClient(final int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    RawClient send(final String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** One answer: status line, headers and as much body as they announce. */
    String readAnswer() throws IOException {
        final StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append(readChar());
        }
        final String lower = head.toString().toLowerCase(Locale.ROOT);
        final int at = lower.indexOf("content-length: ");
        if (at >= 0) {
            final int length = Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
            for (int i = 0; i < length; i++) {
                head.append(readChar());
            }
        }
        return head.toString();
    }

    String readHead() throws IOException {
        final StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append(readChar());
        }
        return head.toString();
    }

    boolean isEnded() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private char readChar() throws IOException {
        final int c = in.read();
        if (c < 0) {
            throw new IOException("connection ended");
        }
        return (char) c;
    }
}
