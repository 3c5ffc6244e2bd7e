package io.truenow.tools.status;

import io.truenow.control.ControlModule;
import io.truenow.query.QueryModule;
import io.truenow.tools.config.Endpoints;
import io.truenow.tools.config.ServiceModules;
import io.truenow.tools.rest.RestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What all services say at one time.
 *
 * @param services one line each, in the order of launch.
 * @param epochs   control's answer, or a missing node.
 * @param stats    the query node's, likewise.
 */
record ProcessesStatus(List<ServiceStatus> services, JsonNode epochs, JsonNode stats) {
    private static final String ROW = "%-10s  %-12s  %-8s  %-16s  %-28s  %s%n";

    static ProcessesStatus ask(final RestClient client, final Endpoints endpoints) {
        return new ProcessesStatus(
            ServiceModules.ALL.stream().map(module -> ServiceStatus.ask(client, module.name(), endpoints.of(module))).toList(),
            json(client, endpoints.of(ControlModule.INSTANCE) + "/v1/epochs/current"),
            json(client, endpoints.of(QueryModule.INSTANCE) + "/v1/stats"));
    }

    boolean isReady() {
        return services.stream().allMatch(ServiceStatus::isReady);
    }

    /** A table, and what there is in the catalog. */
    String toText() {
        final StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, ROW, "service", "state", "up", "version", "url", ""));
        services.forEach(service -> text.append(String.format(Locale.ROOT, ROW, service.service(), service.state(), service.uptime(),
            service.version(), service.url(), service.detail())));
        if (!epochs.isMissingNode()) {
            text.append(System.lineSeparator()).append("catalog version ").append(epochs.path("version").asString("?"))
                .append(System.lineSeparator());
        }
        if (!stats.isMissingNode()) {
            text.append(stats.path("tables").size()).append(" tables in ").append(stats.path("namespaces").size()).append(" namespaces, ")
                .append(stats.path("total_events").asString("?")).append(" events, ")
                .append(stats.path("events_per_second").asString("?")).append(" a second").append(System.lineSeparator());
        }
        return text.toString();
    }

    /** For programs. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("ready", isReady());
        json.put("services", services.stream().map(ServiceStatus::toJson).toList());
        json.put("catalog_version", epochs.isMissingNode() ? null : epochs.path("version").asLong());
        json.put("tables", stats.isMissingNode() ? null : stats.path("tables").size());
        json.put("namespaces", stats.isMissingNode() ? null : stats.path("namespaces").size());
        json.put("total_events", stats.isMissingNode() ? null : stats.path("total_events").asLong());
        json.put("events_per_second", stats.isMissingNode() ? null : stats.path("events_per_second").asDouble());
        return json;
    }

    private static JsonNode json(final RestClient client, final String url) {
        try {
            return client.get(url).json();
        } catch (final IOException e) {
            // the service's own line says that it does not answer
            return MissingNode.getInstance();
        }
    }
}
