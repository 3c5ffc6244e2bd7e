package io.truenow.fabric.channel;

import io.aeron.Aeron;
import io.aeron.exceptions.RegistrationException;
import io.aeron.status.LocalSocketAddressStatus;
import io.truenow.fabric.process.PortTakenException;

import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * UDP ports that a service is told to receive on. The media driver binds them, at times long after the start, and speaks of sockets and
 * channels when it cannot: so they are looked at first, by the launching thread.
 */
public final class UdpPorts {
    private static final String RECEIVER_LABEL = "rcv-";

    private UdpPorts() {
    }

    /**
     * Makes sure that the media driver has the port or can have it.
     *
     * @param aeron   a client of that driver.
     * @param portKey the configuration key to name.
     * @throws PortTakenException    if another process has it.
     * @throws IllegalStateException if the address is none of this machine's.
     */
    public static void requireFree(final Aeron aeron, final String host, final int port, final String portKey) {
        if (port == 0) {
            return;
        }
        final InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IllegalStateException("no address is known for " + host + ", which is in " + portKey);
        }
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.bind(address);
        } catch (final BindException e) {
            if (!isInUse(e)) {
                throw notOurs(host, port, portKey, e);
            }
            // a shared driver keeps the port of a killed process for a while, and gives it to the next that asks
            if (!isReceivedOn(aeron, port)) {
                throw PortTakenException.udp(host, port, portKey, e);
            }
        } catch (final SocketException e) {
            throw notOurs(host, port, portKey, e);
        }
    }

    /** What the driver's refusal of a channel means to the person who starts the process; the refusal itself where it is another one. */
    static RuntimeException translate(final RegistrationException refusal, final String host, final int port, final String portKey) {
        return isInUse(refusal) ? PortTakenException.udp(host, port, portKey, refusal) : refusal;
    }

    private static boolean isInUse(final Throwable failure) {
        return String.valueOf(failure.getMessage()).contains("in use");
    }

    private static IllegalStateException notOurs(final String host, final int port, final String portKey, final SocketException cause) {
        return new IllegalStateException(
            "cannot receive on " + host + ':' + port + "/udp (" + portKey + "): " + cause.getMessage(), cause);
    }

    private static boolean isReceivedOn(final Aeron aeron, final int port) {
        final AtomicBoolean isFound = new AtomicBoolean();
        final String suffix = ":" + port;
        aeron.countersReader().forEach((counterId, typeId, keyBuffer, label) -> {
            if (typeId == LocalSocketAddressStatus.LOCAL_SOCKET_ADDRESS_STATUS_TYPE_ID
                && label.startsWith(RECEIVER_LABEL) && label.endsWith(suffix)) {
                isFound.set(true);
            }
        });
        return isFound.get();
    }
}
