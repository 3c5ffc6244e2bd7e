package io.truenow.fabric.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A blocking client that sends what it is told, right or wrong, and reads whole answers. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    RawClient(final int port) throws IOException {
        this(port, 0);
    }

    /** With a receive buffer of that size, which makes a client that does not read felt soon; 0 for the usual one. */
    RawClient(final int port, final int receiveBufferBytes) throws IOException {
        socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(10_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** Says that no more will be sent. */
    RawClient finish() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    RawClient send(final String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Ends the connection at once, in a way that the other side is told. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** The same, whether or not the other side still takes it. */
    void sendIfOpen(final String text) {
        try {
            send(text);
        } catch (final IOException e) {
            // an answer may be there all the same
        }
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

    /** The body of an answer in chunks. */
    String readChunks() throws IOException {
        final StringBuilder body = new StringBuilder();
        while (true) {
            final int length = Integer.parseInt(readLine(), 16);
            for (int i = 0; i < length; i++) {
                body.append(readChar());
            }
            if (!readLine().isEmpty()) {
                throw new IOException("a chunk is longer than it says");
            }
            if (length == 0) {
                return body.toString();
            }
        }
    }

    /** What comes until the connection ends. */
    String readAll() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Whether something can be read at once. */
    boolean hasAnswer() {
        try {
            return in.available() > 0;
        } catch (final IOException e) {
            return false;
        }
    }

    boolean isEnded() throws IOException {
        return in.read() < 0;
    }

    /** Whether the connection has been ended or reset. */
    boolean isGone() {
        try {
            while (in.read() >= 0) {
                // what had been written
            }
            return true;
        } catch (final SocketTimeoutException e) {
            return false;
        } catch (final IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String readLine() throws IOException {
        final StringBuilder line = new StringBuilder();
        while (line.length() < 2 || line.charAt(line.length() - 2) != '\r' || line.charAt(line.length() - 1) != '\n') {
            line.append(readChar());
        }
        return line.substring(0, line.length() - 2);
    }

    private char readChar() throws IOException {
        final int c = in.read();
        if (c < 0) {
            throw new IOException("connection ended");
        }
        return (char) c;
    }
}
