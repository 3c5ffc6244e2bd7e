package io.truenow.tools.child;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

import static org.junit.jupiter.api.Assertions.assertTrue;

class PortRangeTest {
    @Test
    void thePortsAreFreeForBothProtocols() throws IOException {
        final int first = PortRange.free(5);
        assertTrue(first >= 12_000 && first + 5 <= 32_000);
        for (int port = first; port < first + 5; port++) {
            try (ServerSocket tcp = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                DatagramSocket udp = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                assertTrue(tcp.isBound() && udp.isBound());
            }
        }
    }
}
