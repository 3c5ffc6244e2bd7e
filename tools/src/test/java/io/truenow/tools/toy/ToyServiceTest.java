package io.truenow.tools.toy;

import io.truenow.driver.stepped.SteppedProcess;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.process.DataDirectoryException;
import io.truenow.fabric.process.PortTakenException;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceModule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a service is that has only what all have, and what a new one touches: the files beside this one and {@code toy.yaml} are all of it,
 * but for a line in {@code ServiceModules}, and a value of {@code ServiceKind} if it registers as a kind of its own.
 */
class ToyServiceTest {
    private static final String WAITING = "the control plane has not registered this service yet";

    @TempDir
    private Path directory;

    private final SteppedProcess process = new SteppedProcess();
    private final HttpClient http = HttpClient.newHttpClient();
    private final ToyControl control = new ToyControl();
    private final List<String> closed = new ArrayList<>();
    private Catalog catalog = Catalog.EMPTY;

    @AfterEach
    void close() {
        process.close();
        http.close();
        assertEquals(List.of(), process.errors());
    }

    @Test
    void aModuleIsAllThatAProcessKnowsOfIt() {
        final ServiceModule<ToyConfig> module = ToyModule.INSTANCE;
        final ConfigLoader loader = config();
        try (Toy toy = (Toy) launchAsAProcessDoes(module, loader)) {
            process.run(Duration.ofMillis(2_500));
            assertEquals(2, toy.ticks());
            assertEquals("{\"status\":\"ok\",\"service\":\"toy\"", get(toy, "/health").body().substring(0, 30));
            assertEquals(List.of("ticking"), module.duties().stream().map(Duty::name).toList());
            assertTrue(get(toy, "/metrics").body().contains("truenow_trouble{service=\"toy\",trouble=\"control_away\"} 0.0"));
        }
        final String refusal =
            assertThrows(ConfigException.class, () -> config("toy.interval=0s").bind("toy", ToyConfig.class)).getMessage();
        assertTrue(refusal.startsWith("invalid value 0s of toy.interval"), refusal);
    }

    @Test
    void saysInTheWordsOfAllServicesWhatItWaitsFor() {
        try (Toy toy = Toy.launch(context())) {
            assertNotReady(toy, WAITING);
            control.answer = CommandReply.refused("superseded", "another incarnation has registered", 4, 0);
            // what was asked is never answered, and asked again by the next incarnation only
            process.run(Duration.ofSeconds(1));
            assertNotReady(toy, WAITING);
        }
        try (Toy toy = Toy.launch(context())) {
            process.run(Duration.ofMillis(1));
            assertNotReady(toy, "the control plane refuses this service: another incarnation has registered");
            control.answer = CommandReply.accepted(5, 9);
            process.run(Duration.ofSeconds(3));
            assertNotReady(toy, "the catalog that shows this start of the service has not arrived yet");
            catalog = Catalog.EMPTY.change().build(5);
            assertEquals(200, get(toy, "/ready").statusCode());
            assertEquals(9, toy.membership().serviceId());
        }
    }

    @Test
    void keepsItsLeaseAndSaysGoodBye() {
        control.answer = CommandReply.accepted(5, 9);
        try (Toy toy = Toy.launch(context())) {
            process.run(Duration.ofSeconds(7));
            assertEquals(List.of("renew 9/1", "renew 9/1", "renew 9/1"), control.renewals, "each third of its six seconds");
            assertEquals(toy.httpPort(), control.registrations.getFirst().httpPort());
            assertEquals(toy.membership().inbox().port(), control.registrations.getFirst().aeronPort());
        }
        assertEquals("leave 9/1", control.renewals.getLast());
        final long key = control.registrations.getFirst().instanceKeyHigh();
        control.answer = null;
        try (Toy toy = Toy.launch(context())) {
            process.step();
            assertEquals(key, control.registrations.getLast().instanceKeyHigh(), "it is who it was");
            assertEquals(2, control.registrations.getLast().incarnation());
            assertEquals(9, toy.membership().serviceId(), "known while control is away");
            assertTrue(get(toy, "/status").body().contains("\"service_id\":9"));
        }
        assertEquals(4, control.renewals.size(), "who was not registered does not leave");
    }

    @Test
    void closesInReverseAndOnce() {
        final Toy toy = Toy.launch(context(), closed::add);
        toy.close();
        toy.close();
        assertEquals(List.of("ticker", "second", "first"), closed);
        // all that it had can be had again
        Toy.launch(context()).close();
    }

    @Test
    void whatALaunchHasAcquiredIsClosedWhereItFails() {
        try (Toy toy = Toy.launch(context(), closed::add)) {
            assertThrows(DataDirectoryException.class, () -> Toy.launch(context(), closed::add));
            assertEquals(List.of("first"), closed, "it came as far as its directory");
            closed.clear();
            final ServiceContext<ToyConfig> taken = new ServiceContext<>(
                process.environment(() -> catalog, control), directory.resolve("other"),
                config("toy.http-port=" + toy.httpPort()).bind("toy", ToyConfig.class));
            final String message = assertThrows(PortTakenException.class, () -> Toy.launch(taken, closed::add)).getMessage();
            assertTrue(message.contains("set toy.http-port to a free port"), message);
            assertEquals(List.of("second", "first"), closed);
            assertFalse(control.registrations.stream().anyMatch(registration -> registration.httpPort() == 0));
        }
    }

    /** Without knowing more than a module. */
    private <C extends Record> Object launchAsAProcessDoes(final ServiceModule<C> module, final ConfigLoader loader) {
        return module.launch(new ServiceContext<>(process.environment(() -> catalog, control), directory.resolve(module.name()),
            loader.bind(module.name(), module.configType())));
    }

    private ServiceContext<ToyConfig> context() {
        return new ServiceContext<>(
            process.environment(() -> catalog, control), directory.resolve("toy"), config().bind("toy", ToyConfig.class));
    }

    private static ConfigLoader config(final String... assignments) {
        final ConfigLoader.Builder loader = ConfigLoader.ofSections("toy").environment(Map.of());
        for (final String assignment : assignments) {
            loader.set(assignment);
        }
        return loader.load();
    }

    private void assertNotReady(final Toy toy, final String reason) {
        final HttpResponse<String> answer = get(toy, "/ready");
        assertEquals(503, answer.statusCode());
        assertTrue(answer.body().contains("\"reason\":\"" + reason + '"'), answer.body());
    }

    private HttpResponse<String> get(final Toy toy, final String path) {
        return process.await("an answer", http.sendAsync(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + toy.httpPort() + path)).build(), HttpResponse.BodyHandlers.ofString()));
    }
}
