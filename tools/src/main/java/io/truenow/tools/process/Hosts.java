package io.truenow.tools.process;

import io.truenow.fabric.host.HostText;
import io.truenow.tools.config.ProcessConfig;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.util.List;

/** Whether this machine has the addresses that a process is to listen on, asked by listening there for a moment. */
final class Hosts {
    private static final int MOST_NAMED = 8;
    private static final String BIND = "process.bind-host";
    private static final String ADVERTISE = "process.advertise-host";

    private Hosts() {
    }

    /**
     * Where the process listens, and where others are told that it does.
     *
     * @throws IllegalStateException with one line of what would be right.
     */
    static void check(final ProcessConfig config) {
        final InetAddress bound = own(BIND, config.bindHost());
        final InetAddress told = own(ADVERTISE, config.advertiseHost());
        final boolean isReached = bound.isAnyLocalAddress()
            ? told instanceof Inet4Address || !(bound instanceof Inet4Address) : bound.equals(told);
        if (!isReached) {
            throw new IllegalStateException(ADVERTISE + ' ' + config.advertiseHost() + " is not where this process listens, " + BIND + ' '
                + config.bindHost() + ": set " + BIND + " to the same, or to 0.0.0.0, or to :: for IPv6 too");
        }
    }

    /** Whether the machine has the address that a service is to listen on; the key is told with what is wrong. */
    static void requireOwn(final String key, final String host) {
        own(key, host);
    }

    private static InetAddress own(final String key, final String host) {
        final InetAddress address;
        try {
            address = InetAddress.getByName(HostText.plain(host));
        } catch (final UnknownHostException e) {
            throw new IllegalStateException(key + ' ' + host + ": there is no such host; " + whatIsThere(), e);
        }
        final boolean isIpv4 = address instanceof Inet4Address;
        try (DatagramChannel channel = DatagramChannel.open(isIpv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
            channel.bind(new InetSocketAddress(address, 0));
        } catch (final UnsupportedOperationException e) {
            throw new IllegalStateException(key + ' ' + host + ": this process cannot use IPv6: set an address of IPv4", e);
        } catch (final IOException e) {
            throw new IllegalStateException(key + ' ' + host + " is no address of this machine (" + e.getMessage() + "); "
                + whatIsThere(), e);
        }
        return address;
    }

    private static String whatIsThere() {
        try {
            final List<String> addresses = NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLinkLocalAddress()).map(Hosts::text).sorted().limit(MOST_NAMED).toList();
            return "this machine has " + String.join(", ", addresses);
        } catch (final SocketException e) {
            return "set an address of this machine";
        }
    }

    private static String text(final InetAddress address) {
        if (address.isLoopbackAddress() && !(address instanceof Inet4Address)) {
            return "::1";
        }
        final String text = address.getHostAddress();
        return text.indexOf('%') < 0 ? text : text.substring(0, text.indexOf('%'));
    }
}
