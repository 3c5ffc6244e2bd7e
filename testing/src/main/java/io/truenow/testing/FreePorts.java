package io.truenow.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Ports for processes that cannot be told to pick one themselves. Nobody holds a port between this call and its use: prefer port 0 where
 * the process can say what it got.
 */
public final class FreePorts {
    private FreePorts() {
    }

    /** A loopback port free for both TCP and UDP. */
    public static int next() {
        return next(1)[0];
    }

    /** As many different ones. */
    public static int[] next(final int count) {
        final List<AutoCloseable> held = new ArrayList<>();
        final int[] ports = new int[count];
        try {
            int found = 0;
            for (int attempt = 0; found < count && attempt < 100 * count; attempt++) {
                final ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(tcp);
                try {
                    held.add(new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.getLocalPort())));
                    ports[found++] = tcp.getLocalPort();
                } catch (final IOException e) {
                    // taken for UDP: the next one
                    continue;
                }
            }
            if (found < count) {
                throw new IllegalStateException("no free ports");
            }
            return ports;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            held.forEach(FreePorts::close);
        }
    }

    private static void close(final AutoCloseable socket) {
        try {
            socket.close();
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
