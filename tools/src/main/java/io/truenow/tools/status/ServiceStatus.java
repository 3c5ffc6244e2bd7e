package io.truenow.tools.status;

import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.StringJoiner;

/**
 * What one service says of itself.
 *
 * @param service such as {@code gateway}.
 * @param url     of its HTTP port.
 * @param state   {@code ready}, {@code not ready}, {@code unreachable}.
 * @param uptime  in seconds, or empty.
 * @param version or empty.
 * @param detail  why it is not ready, or what troubles it, or empty.
 */
record ServiceStatus(String service, String url, String state, String uptime, String version, String detail) {
    private static final String READY = "ready";

    /** Asks it. */
    static ServiceStatus ask(final RestClient client, final String service, final String url) {
        try {
            final JsonNode health = client.get(url + "/health").json();
            final RestAnswer ready = client.get(url + "/ready");
            return new ServiceStatus(service, url, ready.isSuccess() ? READY : "not ready",
                duration(health.path("uptime").asLong(0)), health.path("version").asString(""),
                ready.isSuccess() ? troubles(client.get(url + "/status").json()) : ready.json().path("reason").asString(""));
        } catch (final IOException e) {
            return new ServiceStatus(service, url, "unreachable", "", "", "nothing answers there");
        }
    }

    boolean isReady() {
        return READY.equals(state);
    }

    private static String troubles(final JsonNode status) {
        final StringJoiner reasons = new StringJoiner("; ");
        status.path("troubles").forEach(trouble -> reasons.add(trouble.path("reason").asString("")));
        return reasons.toString();
    }

    private static String duration(final long seconds) {
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h";
    }
}
