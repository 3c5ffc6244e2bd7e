package io.truenow.tools.demo;

import io.truenow.tools.rest.RestClient;
import io.truenow.tools.rest.UrlConverter;
import org.agrona.concurrent.ShutdownSignalBarrier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code truenow demo}. */
@Command(name = "demo", description = "Send a realistic live stream of events, so that there is something to query.")
public final class DemoCommand implements Callable<Integer> {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    @Spec
    private CommandSpec spec;

    @Option(names = "--gateway", paramLabel = "URL", defaultValue = "http://127.0.0.1:8088", converter = UrlConverter.class,
        description = "Where events go. Default: ${DEFAULT-VALUE}")
    private URI gatewayUrl;

    @Option(names = "--query", paramLabel = "URL", defaultValue = "http://127.0.0.1:8081", converter = UrlConverter.class,
        description = "Named in the sample queries. Default: ${DEFAULT-VALUE}")
    private URI queryUrl;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "2000", description = "Events a second. Default: ${DEFAULT-VALUE}")
    private int eventsPerSecond;

    @Option(names = "--duration", paramLabel = "SECONDS", defaultValue = "0",
        description = "How long; 0 until Ctrl-C. Default: ${DEFAULT-VALUE}")
    private int durationSeconds;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "200", description = "Events a request at most. Default: ${DEFAULT-VALUE}")
    private int batchEvents;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the values. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Override
    public Integer call() {
        final PrintStream out = System.out;
        require("--rate", eventsPerSecond, 1);
        require("--batch", batchEvents, 1);
        require("--duration", durationSeconds, 0);
        printSampleQueries(out);
        final AtomicBoolean isRunning = new AtomicBoolean(true);
        try (ShutdownSignalBarrier _ = new ShutdownSignalBarrier(() -> isRunning.set(false));
            RestClient client = new RestClient(REQUEST_TIMEOUT)) {
            final DemoStream stream = new DemoStream(client, gatewayUrl.toString(), seed, batchEvents, out);
            return stream.run(eventsPerSecond, Duration.ofSeconds(durationSeconds), isRunning) ? 0 : 1;
        }
    }

    private void require(final String option, final int value, final int least) {
        if (value < least) {
            throw new ParameterException(spec.commandLine(), option + " must be at least " + least + ", not " + value);
        }
    }

    private void printSampleQueries(final PrintStream out) {
        out.println("Sending " + eventsPerSecond + " events a second to " + gatewayUrl + " (seed " + seed + "); Ctrl-C ends it. Try:");
        out.println();
        printQuery(out, "sales by country in the last hour", 3_600,
            "\"namespace\":\"shop\",\"table\":\"orders\",\"aggregate\":\"sum\",\"metric\":\"amount\",\"group_by\":[\"country\"]");
        printQuery(out, "ten busiest pages of the last five minutes", 300,
            "\"namespace\":\"shop\",\"table\":\"page_views\",\"aggregate\":\"count\",\"group_by\":[\"page\"],"
                + "\"order_by\":\"-value\",\"limit\":10");
        printQuery(out, "API latency a second, in the last minute", 60,
            "\"namespace\":\"ops\",\"table\":\"api_requests\",\"aggregate\":\"avg\",\"metric\":\"latency_ms\",\"interval\":\"1s\"");
        printQuery(out, "hottest kinds of sensors at one site", 3_600,
            "\"namespace\":\"plant\",\"table\":\"sensor_readings\",\"aggregate\":\"max\",\"metric\":\"reading\","
                + "\"filters\":{\"site\":\"site-00003\"},\"group_by\":[\"kind\"]");
    }

    private void printQuery(final PrintStream out, final String title, final int seconds, final String query) {
        out.println("# " + title);
        out.println("curl -s " + queryUrl + "/v1/query -d '{" + query + ",\"start_time\":'$(date -d '-" + seconds
            + " sec' +%s%6N)',\"end_time\":'$(date +%s%6N)'}'");
        out.println();
    }
}
