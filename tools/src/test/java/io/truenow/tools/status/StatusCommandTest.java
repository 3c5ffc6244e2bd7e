package io.truenow.tools.status;

import io.truenow.tools.FakeService;
import io.truenow.tools.Main;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The exit code of {@code truenow status} is what scripts and probes go by. */
class StatusCommandTest {
    private final Map<String, FakeService> services = new LinkedHashMap<>();
    private String output;

    @BeforeEach
    void start() {
        for (final String name : List.of("control", "hot-tier", "gateway", "query")) {
            services.put(name, new FakeService()
                .answer("/health", 200, "{\"status\":\"ok\",\"service\":\"" + name + "\",\"uptime\":7200.5,\"version\":\"9.8.7\"}")
                .answer("/ready", 200, "{\"ready\":true}"));
        }
        services.get("control").answer("/v1/epochs/current", 200, "{\"version\":42,\"epochs\":[]}");
        services.get("query").answer("/v1/stats", 200,
            "{\"tables\":[{},{},{}],\"namespaces\":[{}],\"total_events\":1234,\"events_per_second\":5}");
    }

    @AfterEach
    void stop() {
        services.values().forEach(FakeService::close);
    }

    @Test
    void exitsWithZeroWhileAllAreReady() {
        assertEquals(0, status(), () -> output);
        services.forEach((name, service) ->
            assertTrue(lineOf(name).matches(name + " +ready +2 h +9\\.8\\.7 +" + service.url() + " *"), lineOf(name)));
        assertTrue(output.contains("catalog version 42"), output);
        assertTrue(output.contains("3 tables in 1 namespaces, 1234 events, 5 a second"), output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"control", "hot-tier", "gateway", "query"})
    void exitsWithOneIfAServiceIsDown(final String down) {
        services.get(down).close();
        assertEquals(1, status(), () -> output);
        assertTrue(lineOf(down).contains("unreachable"), output);
        services.keySet().stream().filter(name -> !name.equals(down)).forEach(name ->
            assertTrue(lineOf(name).matches(name + " +ready .*"), output));
    }

    @ParameterizedTest
    @ValueSource(strings = {"control", "hot-tier", "gateway", "query"})
    void exitsWithOneIfAServiceIsNotReady(final String waiting) {
        services.get(waiting).answer("/ready", 503, "{\"ready\":false,\"reason\":\"waiting for the catalog\"}");
        assertEquals(1, status(), () -> output);
        assertTrue(lineOf(waiting).contains("not ready"), output);
        assertTrue(lineOf(waiting).endsWith("waiting for the catalog"), output);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 404, 500})
    void onlyASuccessIsReady(final int status) {
        services.get("gateway").answer("/ready", status, "");
        assertEquals(1, status(), () -> output);
        assertTrue(lineOf("gateway").contains("not ready"), output);
    }

    @Test
    void whatDoesNotSpeakJsonIsTold() {
        services.get("control").answer("/health", 200, "hello").answer("/v1/epochs/current", 200, "hello");
        assertEquals(0, status(), () -> output);
        assertTrue(lineOf("control").matches("control +ready +0 s .*"), output);
        assertFalse(output.contains("catalog version"), output);
    }

    /** A mistake on the command line is no service that is down. */
    @ParameterizedTest
    @ValueSource(strings = {"a b", "http://x", "x:80", ""})
    void exitsWithTwoIfTheHostIsNone(final String host) {
        assertEquals(2, Main.run("status", "--host", host));
    }

    @Test
    void tellsForHowLongAServiceHasBeenUpAndWhatTroublesIt() {
        final Map<Integer, String> upTimes = Map.of(0, "0 s", 119, "119 s", 120, "2 min", 7_199, "119 min", 7_200, "2 h", 90_000, "25 h");
        services.get("gateway").answer("/status", 200, "{\"troubles\":[{\"reason\":\"disk is full\"},{\"reason\":\"no hot tier\"}]}");
        upTimes.forEach((seconds, text) -> {
            services.get("gateway").answer("/health", 200, "{\"uptime\":" + seconds + ",\"version\":\"9.8.7\"}");
            assertEquals(0, status(), () -> output);
            assertTrue(lineOf("gateway").matches("gateway +ready +" + text + " .*  disk is full; no hot tier"), lineOf("gateway"));
        });
    }

    @Test
    void programsGetOneObject() {
        services.get("hot-tier").answer("/ready", 503, "{\"ready\":false,\"reason\":\"warming up\"}");
        services.get("query").close();
        assertEquals(1, status("--json"));
        assertEquals(1, output.lines().count(), output);
        final JsonNode json = new JsonMapper().readTree(output);
        assertFalse(json.path("ready").asBoolean());
        assertEquals(42, json.path("catalog_version").asInt());
        assertTrue(json.path("tables").isNull());
        assertEquals("ready not_ready ready unreachable",
            String.join(" ", json.path("services").values().stream().map(service -> service.path("state").asString()).toList()));
        assertEquals("warming up", json.at("/services/1/detail").asString());
        assertEquals(7_200, json.at("/services/0/uptime_seconds").asInt());
    }

    private int status(final String... more) {
        final PrintStream before = System.out;
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            final List<String> arguments = new ArrayList<>(List.of("status", "--host", "127.0.0.1"));
            services.forEach((name, service) -> arguments.addAll(List.of("--set", name + ".http-port=" + service.port())));
            arguments.addAll(List.of(more));
            return Main.run(arguments.toArray(String[]::new));
        } finally {
            System.setOut(before);
            output = bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private String lineOf(final String service) {
        return output.lines().filter(line -> line.startsWith(service + ' ')).findFirst().orElseThrow(() -> new AssertionError(output));
    }
}
