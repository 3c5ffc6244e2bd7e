package io.truenow.tools.stepped;

import io.truenow.control.ControlModule;
import io.truenow.driver.stepped.SteppedProcess;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.Resources;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.tools.config.ServiceModules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Hot-tier node, gateway and query node as a standalone process has them, all on the test's thread over a media driver that it invokes. The
 * control plane is a plain one: the real one is a cluster, whose parts have threads of their own.
 */
class SteppedServicesTest {
    private static final Duration LONG_STEP = Duration.ofMillis(50);

    @TempDir
    private Path directory;

    private final SteppedProcess process = new SteppedProcess();
    private final HttpClient http = HttpClient.newHttpClient();
    private final PlainControl control = new PlainControl(process.time().clocks().wall().microTime());
    private final Map<String, LaunchedService> services = new LinkedHashMap<>();
    private final Resources resources = new Resources(process.errors()::add);

    @BeforeEach
    void launch() {
        final ServiceEnvironment environment = process.environment(control, control);
        final ConfigLoader config = ConfigLoader.ofSections("hot-tier", "gateway", "query").environment(Map.of())
            .set("hot-tier.http-port=0").set("hot-tier.memory-budget=64MiB").set("hot-tier.region-size=4MiB")
            .set("hot-tier.region-directory=" + directory.resolve("regions")).set("hot-tier.warm-up=0s")
            .set("gateway.http-port=0").set("query.http-port=0").load();
        for (final ServiceModule<?> module : ServiceModules.ALL) {
            if (module != ControlModule.INSTANCE) {
                launch(module, environment, config);
            }
        }
    }

    @AfterEach
    void close() {
        resources.close();
        process.close();
        http.close();
        assertEquals(List.of(), process.errors());
    }

    @Test
    void anEventIsJournaledAppliedSealedAndCounted() {
        awaitReady();
        final long eventUs = process.time().clocks().wall().microTime();
        final String event = "{\"namespace\":\"shop\",\"table\":\"orders\",\"event_id\":\"e-1\",\"event_time\":" + eventUs
            + ",\"dimensions\":{\"region\":\"north\"},\"metrics\":{\"price\":12.5}}";
        final HttpResponse<String> taken = post("gateway", "/v1/ingest?ack=applied", event);
        assertEquals(202, taken.statusCode(), taken.body());
        // a lane counts its rows from time to time
        process.until("the row is counted", () -> segments().path("rows_in_memory").asInt() == 1);
        assertCounted(eventUs);

        // the span of ten minutes ends, and is sealed two minutes later
        passes(Duration.ofMinutes(13));
        final JsonNode later = segments();
        assertEquals(0, later.path("rows_in_memory").asInt(), later.toString());
        assertEquals(1, later.path("rows_in_files").asInt(), later.toString());
        assertCounted(eventUs);
        awaitReady();
        assertTrue(control.renewals() > 3 * 13 * 60 / 5, "leases are kept meanwhile: " + control.renewals());
    }

    private JsonNode segments() {
        return json(get("hot-tier", "/status")).at("/lanes/0/segments");
    }

    private <C extends Record> void launch(
        final ServiceModule<C> module, final ServiceEnvironment environment, final ConfigLoader config) {
        services.put(module.name(), resources.add(module.launch(new ServiceContext<>(
            environment, directory.resolve(module.name()), config.bind(module.name(), module.configType())))));
    }

    private void awaitReady() {
        services.keySet().forEach(
            service -> process.until(service + " is ready", () -> get(service, "/ready").statusCode() == 200));
    }

    private void passes(final Duration duration) {
        for (long leftNs = duration.toNanos(); leftNs > 0; leftNs -= LONG_STEP.toNanos()) {
            process.time().advance(LONG_STEP);
            process.step();
        }
    }

    private void assertCounted(final long eventUs) {
        final HttpResponse<String> answer = post("query", "/v1/query", "{\"namespace\":\"shop\",\"table\":\"orders\",\"start_time\":"
            + (eventUs - 1) + ",\"end_time\":" + (eventUs + 1) + ",\"group_by\":[\"region\"],\"metric\":\"price\"}");
        assertEquals(200, answer.statusCode(), answer.body());
        final JsonNode results = json(answer).path("results");
        assertEquals(1, results.size(), answer.body());
        assertEquals("region:north", results.get(0).path("group").asString());
        assertEquals(12.5, results.get(0).path("sum").asDouble());
    }

    private HttpResponse<String> get(final String service, final String path) {
        return send(service, path, HttpRequest.newBuilder());
    }

    private HttpResponse<String> post(final String service, final String path, final String body) {
        return send(service, path, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(final String service, final String path, final HttpRequest.Builder request) {
        final URI uri = URI.create("http://127.0.0.1:" + services.get(service).httpPort() + path);
        return process.await("an answer", http.sendAsync(request.uri(uri).build(), HttpResponse.BodyHandlers.ofString()));
    }

    private static JsonNode json(final HttpResponse<String> answer) {
        return new JsonMapper().readTree(answer.body());
    }
}
