package io.truenow.tools.process;

import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.service.ServiceModule;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The files that a process of some role has open at most, part by part, against how many it may have. The parts are what was seen on a
 * standalone process at work, and half as much again. Pure.
 */
final class FileNeeds {
    /** Connections of a port that are the least to start with, and those reserved beyond. */
    private static final int LEAST_CONNECTIONS = 16;
    private static final int LEAST_RESERVED = 4;

    private final Map<String, Integer> parts = new LinkedHashMap<>();
    private final int servicePorts;
    private final int monitoringPorts;

    /**
     * What a process needs.
     *
     * @param hasDriver   whether it runs the media driver.
     * @param httpThreads event loops.
     */
    FileNeeds(final Role role, final boolean hasDriver, final int httpThreads) {
        parts.put("Java machine", 96);
        parts.put("HTTP", 8 + 3 * httpThreads);
        parts.put("Aeron", hasDriver ? 64 : 24);
        int ports = 0;
        for (final ServiceModule<?> service : role.services()) {
            final ServiceModule.FileNeed need = service.files();
            if (need.part() != null) {
                parts.put(need.part(), need.files());
            }
            ports += need.takesClients() ? 1 : 0;
        }
        servicePorts = ports;
        // and that of the process
        monitoringPorts = 1 + role.services().size() - ports;
    }

    /**
     * The limits of connections for which there are files enough: those that are wanted, or fewer.
     *
     * @param limit of files.
     * @throws IllegalStateException if there are not even enough for a few connections; one line that says what to raise.
     */
    Fit fit(final HttpLimits wanted, final long limit) {
        final long needed = needed(wanted);
        if (needed <= limit) {
            return new Fit(wanted, null);
        }
        final HttpLimits least = wanted.withConnections(
            Math.min(LEAST_CONNECTIONS, wanted.maxConnections()), Math.min(LEAST_RESERVED, wanted.reservedConnections()));
        if (needed(least) > limit) {
            throw new IllegalStateException("this process may have " + limit + " files open and needs " + needed(least)
                + " at the least, " + needed + " for all connections that it is configured for (" + text() + "): " + remedy(needed));
        }
        int connections = least.maxConnections();
        int step = wanted.maxConnections();
        while (step > 0) {
            if (needed(least.withConnections(connections + step, least.reservedConnections())) <= limit) {
                connections += step;
            } else {
                step /= 2;
            }
        }
        final HttpLimits fitting = least.withConnections(connections, least.reservedConnections());
        return new Fit(fitting, "this process may have " + limit + " files open, " + needed + " would be needed (" + text()
            + ", the rest for http.max-connections): each port takes " + connections + " connections instead of " + wanted.maxConnections()
            + "; " + remedy(needed));
    }

    /** With so many connections. */
    long needed(final HttpLimits limits) {
        final HttpLimits monitoring = limits.forMonitoring();
        return parts.values().stream().mapToLong(Integer::longValue).sum()
            + (long) servicePorts * (limits.maxConnections() + limits.reservedConnections())
            + (long) monitoringPorts * (monitoring.maxConnections() + monitoring.reservedConnections());
    }

    private String text() {
        return parts.entrySet().stream().map(part -> part.getKey() + ' ' + part.getValue()).collect(Collectors.joining(", "));
    }

    private static String remedy(final long needed) {
        return "raise the limit (ulimit -n " + needed + ", LimitNOFILE=" + needed + " of systemd, --ulimit nofile=" + needed
            + " of containers)";
    }

    /**
     * What is possible.
     *
     * @param warning one line, or null if all is as wanted.
     */
    record Fit(HttpLimits limits, String warning) {
    }
}
