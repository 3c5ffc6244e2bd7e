package io.truenow.fabric.control;

import io.truenow.fabric.host.HostText;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Where the control plane's members are. A member is {@code host:port}; its place in the list is its id, and it uses six UDP ports from
 * there on: ingress, consensus, log, catch-up, archive, catalog. Immutable; every service is configured with the same list.
 *
 * @param members by id.
 */
public record ControlMembers(List<Member> members) {
    /** UDP ports a member uses, from its configured one on. */
    public static final int PORTS_PER_MEMBER = 6;
    private static final int MAX_PORT = 65_535;

    private static final int INGRESS = 0;
    private static final int CONSENSUS = 1;
    private static final int LOG = 2;
    private static final int CATCH_UP = 3;
    private static final int ARCHIVE = 4;
    private static final int CATALOG = 5;

    /**
     * One member.
     *
     * @param host      name or address, in brackets if it is one of IPv6.
     * @param firstPort first of its ports.
     */
    public record Member(int id, String host, int firstPort) {
        /** Where clients send commands. */
        public String ingress() {
            return endpoint(INGRESS);
        }

        /** The archive's control endpoint. */
        public String archive() {
            return endpoint(ARCHIVE);
        }

        /** Where views ask for the catalog. */
        public String catalog() {
            return endpoint(CATALOG);
        }

        private String endpoint(final int offset) {
            return host + ':' + (firstPort + offset);
        }

        private String cluster() {
            return id + "," + endpoint(INGRESS) + ',' + endpoint(CONSENSUS) + ',' + endpoint(LOG) + ',' + endpoint(CATCH_UP) + ','
                + endpoint(ARCHIVE);
        }
    }

    public ControlMembers {
        members = List.copyOf(members);
    }

    /**
     * Reads the configured list.
     *
     * @throws IllegalArgumentException naming what is wrong.
     */
    public static ControlMembers parse(final List<String> addresses) {
        final int count = addresses.size();
        if (count != 1 && count != 3 && count != 5) {
            throw new IllegalArgumentException("1, 3 or 5 members are possible, not " + count);
        }
        final List<Member> members = new ArrayList<>();
        for (final String address : addresses) {
            final int colon = address.lastIndexOf(':');
            final String host = address.substring(0, Math.max(colon, 0));
            final int port = port(address.substring(colon + 1));
            final boolean isHost = HostText.isHost(host) && HostText.inUrl(host).equals(host) && !HostText.isWildcard(host);
            if (!isHost || port < 1 || port + PORTS_PER_MEMBER - 1 > MAX_PORT) {
                throw new IllegalArgumentException("'" + address + "' is not an address that others reach, such as 10.0.0.5:8010, "
                    + "[fd00::5]:8010 or control-0:8010, with room for " + PORTS_PER_MEMBER + " ports");
            }
            members.add(new Member(members.size(), host, port));
        }
        return new ControlMembers(members);
    }

    /** As the cluster's client wants them. */
    public String ingressEndpoints() {
        return join(",", member -> member.id() + "=" + member.ingress());
    }

    /** As the cluster's members want them. */
    public String clusterMembers() {
        return join("|", Member::cluster);
    }

    /** Where views ask for the catalog, by member id. */
    public List<String> catalogEndpoints() {
        return members.stream().map(Member::catalog).toList();
    }

    private String join(final String separator, final Function<Member, String> text) {
        return String.join(separator, members.stream().map(text).toList());
    }

    private static int port(final String text) {
        try {
            return Integer.parseInt(text);
        } catch (final NumberFormatException e) {
            return -1;
        }
    }
}
