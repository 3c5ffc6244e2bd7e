package io.truenow.tools.child;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Free loopback ports for a process that has to be told them. Nobody holds them between this call and their use. */
public final class PortRange {
    // below what the operating system gives to outgoing connections
    private static final int FIRST_PORT = 12_000;
    private static final int END_PORT = 32_000;
    private static final int ATTEMPTS = 1_000;

    private PortRange() {
    }

    /** The first of {@code count} ports in a row that are free for both TCP and UDP. */
    public static int free(final int count) {
        final SplittableRandom random = new SplittableRandom(System.nanoTime() ^ ProcessHandle.current().pid() << 32);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            final int first = random.nextInt(FIRST_PORT, END_PORT - count);
            if (isFree(first, count)) {
                return first;
            }
        }
        throw new IllegalStateException("no " + count + " free ports in a row");
    }

    private static boolean isFree(final int first, final int count) {
        final List<AutoCloseable> held = new ArrayList<>();
        try {
            for (int port = first; port < first + count; port++) {
                held.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                held.add(new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
            }
            return true;
        } catch (final IOException e) {
            return false;
        } finally {
            held.forEach(PortRange::close);
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
