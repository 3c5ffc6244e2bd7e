package io.truenow.fabric.host;

import java.net.InetAddress;
import java.util.regex.Pattern;

/** Hosts as people, URLs and Aeron's channels write them. An IPv6 address stands in brackets wherever a port may follow. Stateless. */
public final class HostText {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,15})?");

    private HostText() {
    }

    /** With brackets if it is an IPv6 address: what goes into a URL. */
    public static String inUrl(final String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? '[' + host + ']' : host;
    }

    /** {@code host:port}. */
    public static String endpoint(final String host, final int port) {
        return inUrl(host) + ':' + port;
    }

    /** Without brackets. */
    public static String plain(final String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** Whether it is the name of a host, or an address of IPv4 or IPv6; whether there is such a host is not asked. */
    public static boolean isHost(final String host) {
        final String plain = plain(host);
        return plain.indexOf(':') >= 0 ? IPV6.matcher(plain).matches() && literal(plain) != null : NAME.matcher(host).matches();
    }

    /** Whether it stands for all addresses of the machine: {@code 0.0.0.0}, {@code ::}. */
    public static boolean isWildcard(final String host) {
        final InetAddress address = literal(plain(host));
        return address != null && address.isAnyLocalAddress();
    }

    private static InetAddress literal(final String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (final IllegalArgumentException e) {
            return null;
        }
    }
}
