package io.truenow.tools.bench;

import io.truenow.driver.DriverDirectory;
import io.truenow.fabric.config.Nearest;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.BenchOptions;
import io.truenow.perf.Benches;
import io.truenow.tools.child.ChildProcess;
import io.truenow.tools.rest.UrlConverter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code truenow bench}. */
@Command(name = "bench", description = {
    "Run a bench against a fresh TrueNow in a process of its own; without a name, list them.",
    "Its figures come last, one `name value unit` a line."})
public final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Which one.")
    private String name;

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "An option of the bench, such as seconds=30. Repeatable.")
    private Map<String, String> options = new LinkedHashMap<>();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A key of the TrueNow's configuration. Repeatable.")
    private List<String> assignments = List.of();

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "${sys:java.io.tmpdir}",
        description = "Where its data goes while it runs. Default: ${DEFAULT-VALUE}")
    private Path parent;

    @Option(names = "--gateway", paramLabel = "URL", converter = UrlConverter.class,
        description = "Run against a TrueNow that runs already; --query goes with it.")
    private URI gateway;

    @Option(names = "--query", paramLabel = "URL", converter = UrlConverter.class, description = "See --gateway.")
    private URI query;

    @Option(names = "--aeron-dir", paramLabel = "DIR", description = "Media driver directory of that TrueNow's gateway.")
    private String aeronDirectory;

    @Override
    public Integer call() throws Exception {
        if (name == null) {
            Benches.all().forEach(BenchCommand::describe);
            return 0;
        }
        final Bench bench = Benches.named(name);
        final Map<String, Integer> values = check(bench);
        if (!bench.needsTrueNow()) {
            bench.run(new BenchEnvironment(null, null, null, null, 0, 0, values, System.out));
            return 0;
        }
        if (gateway != null) {
            bench.run(new BenchEnvironment(gateway, query, aeronDirectory, gateway.getHost(), 0, 0, values, System.out));
            return 0;
        }
        try (ChildProcess child = ChildProcess.start(parent, assignments)) {
            runAgainst(child, bench, values);
        }
        return 0;
    }

    /** What is wrong is told before minutes of measuring, not by figures of something else. */
    private Map<String, Integer> check(final Bench bench) {
        if (bench == null) {
            throw wrong("no bench '" + name + "'; did you mean "
                + Nearest.of(name, Benches.all().stream().map(Bench::name).toList()) + "? `truenow bench` lists them");
        }
        final boolean isOther = gateway != null || query != null || aeronDirectory != null;
        if (isOther && (!bench.needsTrueNow() || gateway == null || query == null)) {
            throw wrong(bench.needsTrueNow() ? "--gateway and --query go together, and --aeron-dir only with them"
                : "bench " + name + " runs without a TrueNow: leave out --gateway, --query and --aeron-dir");
        }
        if (!assignments.isEmpty() && (isOther || !bench.needsTrueNow())) {
            throw wrong("--set configures the TrueNow that a bench starts, and this one starts none");
        }
        if (isOther && bench.needsAeron() && aeronDirectory == null) {
            throw wrong("bench " + name + " sends by Aeron too: name the media driver's directory by --aeron-dir");
        }
        try {
            return BenchOptions.of(bench, options);
        } catch (final IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private ParameterException wrong(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static void describe(final Bench bench) {
        System.out.println("  " + bench.name() + "  " + bench.description());
        if (!bench.options().isEmpty()) {
            System.out.println("      --option " + new TreeMap<>(bench.options()).entrySet().stream()
                .map(option -> option.getKey() + '=' + option.getValue()).collect(Collectors.joining(", ")));
        }
    }

    private void runAgainst(final ChildProcess child, final Bench bench, final Map<String, Integer> values) throws Exception {
        try {
            bench.run(new BenchEnvironment(child.gateway(), child.query(),
                DriverDirectory.defaultFor(child.dataDirectory()).toString(), child.gateway().getHost(), child.gatewayAeronPort(),
                child.pid(), values, System.out));
        } catch (final Exception e) {
            child.holdIfEnding();
            throw e;
        }
    }
}
