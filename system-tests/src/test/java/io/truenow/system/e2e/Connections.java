package io.truenow.system.e2e;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients of one port that send what they like and read when they like. Used by one thread. */
final class Connections implements AutoCloseable {
    private static final int READ_TIMEOUT_MS = 30_000;
    private static final int SMALL_BUFFER_BYTES = 4_096;

    private final InetSocketAddress address;
    private final List<Socket> sockets = new ArrayList<>();

    Connections(final String url) {
        final URI uri = URI.create(url);
        address = new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /** Opens one more, whose unread input is soon felt by the other side. */
    Socket open() throws IOException {
        final Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(SMALL_BUFFER_BYTES);
        socket.setSoTimeout(READ_TIMEOUT_MS);
        socket.connect(address);
        return socket;
    }

    /** Sends text; what the other side does not take any more is lost. */
    static void send(final Socket socket, final String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (final IOException e) {
            // an answer may be there all the same
        }
    }

    static String post(final String path, final String body, final int announcedBytes) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + announcedBytes + "\r\n\r\n" + body;
    }

    /** One whole answer. */
    static String answer(final Socket socket) throws IOException {
        final StringBuilder text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) {
            text.append(next(socket));
        }
        final int at = text.indexOf("content-length: ") + 16;
        final int length = Integer.parseInt(text.substring(at, text.indexOf("\r", at)));
        text.append(new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8));
        return text.toString();
    }

    private static char next(final Socket socket) throws IOException {
        final int c = socket.getInputStream().read();
        if (c < 0) {
            throw new IOException("connection ended");
        }
        return (char) c;
    }

    @Override
    public void close() throws IOException {
        for (final Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }
}
