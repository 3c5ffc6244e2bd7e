package io.truenow.tools.status;

import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What one service says of itself.
 *
 * @param service such as {@code gateway}.
 * @param url     of its HTTP port.
 * @param state   {@code ready}, {@code not ready}, {@code unreachable}.
 * @param upSeconds how long its process has run; -1 if nobody says.
 * @param version or empty.
 * @param detail  why it is not ready, or what troubles it, or empty.
 */
record ServiceStatus(String service, String url, String state, long upSeconds, String version, String detail) {
    private static final String READY = "ready";

    /** Asks it. */
    static ServiceStatus ask(final RestClient client, final String service, final String url) {
        try {
            final JsonNode health = client.get(url + "/health").json();
            final RestAnswer ready = client.get(url + "/ready");
            return new ServiceStatus(service, url, ready.isSuccess() ? READY : "not ready",
                health.path("uptime").asLong(0), health.path("version").asString(""),
                ready.isSuccess() ? troubles(client.get(url + "/status").json()) : ready.json().path("reason").asString(""));
        } catch (final IOException e) {
            return new ServiceStatus(service, url, "unreachable", -1, "", "nothing answers there");
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

    /** For how long it has been up, for people; empty if nobody says. */
    String uptime() {
        if (upSeconds < 0) {
            return "";
        }
        if (upSeconds < 120) {
            return upSeconds + " s";
        }
        return upSeconds < 7_200 ? upSeconds / 60 + " min" : upSeconds / 3_600 + " h";
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("service", service);
        json.put("state", state.replace(' ', '_'));
        json.put("uptime_seconds", upSeconds < 0 ? null : upSeconds);
        json.put("version", version);
        json.put("url", url);
        json.put("detail", detail);
        return json;
    }
}
