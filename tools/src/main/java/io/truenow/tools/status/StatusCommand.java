package io.truenow.tools.status;

import io.truenow.control.ControlModule;
import io.truenow.fabric.host.HostText;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.query.QueryModule;
import io.truenow.tools.config.ConfigOptions;
import io.truenow.tools.config.Endpoints;
import io.truenow.tools.config.Sections;
import io.truenow.tools.config.ServiceModules;
import io.truenow.tools.rest.RestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Asks every service at its configured port. */
@Command(name = "status", description = "Ask every service how it is; exit code 1 if one is not ready.")
public final class StatusCommand implements Callable<Integer> {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final String ROW = "%-10s  %-12s  %-8s  %-16s  %-28s  %s%n";

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOptions options;

    @Option(names = "--host", paramLabel = "HOST", description = "Where the services are. Default: process.advertise-host")
    private String host;

    @Override
    public Integer call() {
        if (host != null && !HostText.isHost(host)) {
            throw new ParameterException(spec.commandLine(), "--host: '" + host + "' is not a host such as 127.0.0.1, ::1 or node-5");
        }
        final Endpoints endpoints = Endpoints.of(Sections.of(options.load()), host);
        final List<ServiceStatus> services = new ArrayList<>();
        try (RestClient client = new RestClient(REQUEST_TIMEOUT)) {
            for (final ServiceModule<?> module : ServiceModules.ALL) {
                services.add(ServiceStatus.ask(client, module.name(), endpoints.of(module)));
            }
            System.out.printf(Locale.ROOT, ROW, "service", "state", "up", "version", "url", "");
            services.forEach(service -> System.out.printf(Locale.ROOT, ROW, service.service(), service.state(), service.uptime(),
                service.version(), service.url(), service.detail()));
            printCatalog(client, endpoints);
        }
        return services.stream().allMatch(ServiceStatus::isReady) ? 0 : 1;
    }

    private static void printCatalog(final RestClient client, final Endpoints endpoints) {
        try {
            final JsonNode epochs = client.get(endpoints.of(ControlModule.INSTANCE) + "/v1/epochs/current").json();
            final JsonNode stats = client.get(endpoints.of(QueryModule.INSTANCE) + "/v1/stats").json();
            if (!epochs.isMissingNode()) {
                System.out.println();
                System.out.println("catalog version " + epochs.path("version").asString("?"));
            }
            if (!stats.isMissingNode()) {
                System.out.println(stats.path("tables").size() + " tables in " + stats.path("namespaces").size() + " namespaces, "
                    + stats.path("total_events").asString("?") + " events, " + stats.path("events_per_second").asString("?") + " a second");
            }
        } catch (final IOException e) {
            // the table above has said which service does not answer
            System.out.println();
        }
    }
}
