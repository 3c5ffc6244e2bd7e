package io.truenow.tools.status;

import io.truenow.fabric.host.HostText;
import io.truenow.tools.config.ConfigOptions;
import io.truenow.tools.config.Endpoints;
import io.truenow.tools.config.Sections;
import io.truenow.tools.config.DurationConverter;
import io.truenow.tools.rest.RestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Asks every service at its configured port. */
@Command(name = "status", description = "Ask every service how it is; exit code 1 if one is not ready.")
public final class StatusCommand implements Callable<Integer> {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final JsonMapper JSON = new JsonMapper();
    /** Cursor home, and nothing behind it. */
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOptions options;

    @Option(names = "--host", paramLabel = "HOST", description = "Where the services are. Default: process.advertise-host")
    private String host;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean asJson;

    @Option(names = "--watch", paramLabel = "TIME", arity = "0..1", fallbackValue = "2s", converter = DurationConverter.class,
        description = "Ask again every so often until interrupted. Default: ${FALLBACK-VALUE}")
    private Duration interval;

    @Override
    public Integer call() {
        if (host != null && !HostText.isHost(host)) {
            throw new ParameterException(spec.commandLine(), "--host: '" + host + "' is not a host such as 127.0.0.1, ::1 or node-5");
        }
        final Endpoints endpoints = Endpoints.of(Sections.of(options.load()), host);
        try (RestClient client = new RestClient(REQUEST_TIMEOUT)) {
            ProcessesStatus status = ProcessesStatus.ask(client, endpoints);
            print(status);
            while (interval != null) {
                LockSupport.parkNanos(interval.toNanos());
                status = ProcessesStatus.ask(client, endpoints);
                print(status);
            }
            return status.isReady() ? 0 : 1;
        }
    }

    private void print(final ProcessesStatus status) {
        final String text = asJson ? JSON.writeValueAsString(status.toJson()) + System.lineSeparator() : status.toText();
        System.out.print((interval != null && !asJson && System.console() != null ? CLEAR : "") + text);
        System.out.flush();
    }
}
