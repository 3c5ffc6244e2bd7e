package io.truenow.tools.bench;

import io.truenow.driver.DriverDirectory;
import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.Benches;
import io.truenow.tools.child.ChildProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code truenow bench}. */
@Command(name = "bench", description = {
    "Run a bench against a fresh TrueNow in a process of its own; without a name, list them.",
    "Its figures come last, one `name value unit` a line."})
public final class BenchCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Which one.")
    private String name;

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "An option of the bench, such as seconds=30. Repeatable.")
    private Map<String, String> options = new LinkedHashMap<>();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A key of the TrueNow's configuration. Repeatable.")
    private List<String> assignments = List.of();

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "${sys:java.io.tmpdir}",
        description = "Where its data goes while it runs. Default: ${DEFAULT-VALUE}")
    private Path parent;

    @Option(names = "--gateway", paramLabel = "URL", description = "Run against a TrueNow that runs already; --query goes with it.")
    private URI gateway;

    @Option(names = "--query", paramLabel = "URL", description = "See --gateway.")
    private URI query;

    @Option(names = "--aeron-dir", paramLabel = "DIR", description = "Media driver directory of that TrueNow's gateway.")
    private String aeronDirectory;

    @Override
    public Integer call() throws Exception {
        if (name == null) {
            Benches.all().forEach(bench -> System.out.println("  " + bench.name() + "  " + bench.description()));
            return 0;
        }
        final Bench bench = Benches.named(name);
        if (bench == null) {
            throw new IllegalArgumentException("no bench '" + name + "'; `truenow bench` lists them");
        }
        if (!bench.needsTrueNow()) {
            bench.run(new BenchEnvironment(null, null, null, null, 0, options, System.out));
            return 0;
        }
        if (gateway != null && query != null) {
            bench.run(new BenchEnvironment(gateway, query, aeronDirectory, gateway.getHost(), 0, options, System.out));
            return 0;
        }
        try (ChildProcess child = ChildProcess.start(parent, assignments)) {
            runAgainst(child, bench);
        }
        return 0;
    }

    private void runAgainst(final ChildProcess child, final Bench bench) throws Exception {
        try {
            bench.run(new BenchEnvironment(child.gateway(), child.query(),
                DriverDirectory.defaultFor(child.dataDirectory()).toString(), child.gateway().getHost(), child.gatewayAeronPort(),
                options, System.out));
        } catch (final Exception e) {
            child.holdIfEnding();
            throw e;
        }
    }
}
