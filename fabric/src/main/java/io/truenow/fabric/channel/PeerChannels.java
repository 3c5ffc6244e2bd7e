package io.truenow.fabric.channel;

import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.host.HostText;

/**
 * Channels from one service to another's inbox: IPC where both share a media driver, UDP otherwise. Immutable.
 *
 * @param driverId        of the media driver this process is attached to.
 * @param termLengthBytes of every publication's term buffers; a power of two.
 * @param udpMtuBytes     largest UDP frame.
 */
public record PeerChannels(long driverId, int termLengthBytes, int udpMtuBytes) {
    /** 64 KiB less the UDP and IP headers, rounded down to a frame's alignment: a batch is one frame on IPC. */
    public static final int IPC_MTU_BYTES = 65_504;

    /** Channel for a publication to the service's inbox. */
    public String publicationTo(final ServiceInstance service) {
        return service.driverId() == driverId ? ipc() : udp(service.host(), service.aeronPort());
    }

    /** IPC publication channel. */
    public String ipc() {
        return "aeron:ipc?term-length=" + termLengthBytes + "|mtu=" + IPC_MTU_BYTES;
    }

    /** UDP publication channel. */
    public String udp(final String host, final int port) {
        return "aeron:udp?endpoint=" + HostText.endpoint(host, port) + "|term-length=" + termLengthBytes + "|mtu=" + udpMtuBytes;
    }
}
