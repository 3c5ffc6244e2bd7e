package io.truenow.tools.process;

import io.truenow.fabric.host.HostText;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Asks a port's {@code /ready} over a plain socket: an HTTP client would cost the start a tenth of a second of class loading. */
final class ReadyProbe {
    private static final int TIMEOUT_MS = 1_000;

    private ReadyProbe() {
    }

    /** Null if the service says it is ready, else why not. */
    static String whyNotReady(final String host, final int port) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MS);
            socket.getOutputStream().write(
                ("GET /ready HTTP/1.1\r\nHost: " + HostText.inUrl(host) + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (answer.startsWith("HTTP/1.1 200")) {
                return null;
            }
            return reasonIn(answer);
        } catch (final IOException e) {
            return "port " + port + ": " + e.getMessage();
        }
    }

    private static String reasonIn(final String answer) {
        final String key = "\"reason\":\"";
        final int start = answer.indexOf(key);
        final int end = start < 0 ? -1 : answer.indexOf('"', start + key.length());
        return end < 0 ? "not ready" : answer.substring(start + key.length(), end);
    }
}
