package io.truenow.system.e2e;

import io.truenow.system.process.JavaProcess;
import io.truenow.system.process.Launcher;
import io.truenow.testing.Await;
import io.truenow.tools.child.PortRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The launcher script in environments that are not a person's shell: cron, system units, containers. */
@Tag("system")
class LauncherTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void runsWithoutHomeInThePosixLocale() throws IOException {
        final Launcher launcher = Launcher.in(TestDirectories.fresh("launcher"));
        final JavaProcess config = launcher.start("config", Map.of("LC_ALL", "C"), "config", "--set", "process.data-dir=/d\u00fc \u65e5");
        assertEquals(0, config.exitCode(), config.output());
        assertTrue(config.output().contains("data-dir: \"/d\u00fc \u65e5\"\n"), config.output());
    }

    @Test
    void wrongArgumentsAreExitCode2() throws IOException {
        final Launcher launcher = Launcher.in(TestDirectories.fresh("launcher-arguments"));
        // start goes through a filter of standard error, others do not
        for (final String command : List.of("start", "status")) {
            final JavaProcess process = launcher.start(command, Map.of(), command, "--hlep");
            assertEquals(2, process.exitCode(), process.output());
            Await.until("it has said why", LIMIT, () -> process.output().equals(
                "truenow: unknown option --hlep; did you mean --help?; see `truenow " + command + " --help`\n"));
        }
    }

    /** Everything at once: a start is dear, and what is wrong is told by name. */
    @Test
    void startsInOtherPeoplesWorlds() throws IOException {
        final Path directory = TestDirectories.fresh("launcher-worlds");
        final Path data = directory.resolve("d\u00fc");
        final Map<String, String> environment = new TreeMap<>(Map.of(
            "LC_ALL", "C",
            // local digits, and years of another calendar
            "TRUENOW_JAVA_OPTS", "-Duser.language=th -Duser.country=TH -Duser.variant=TH -Duser.timezone=Asia/Bangkok",
            // what a container platform sets beside services named truenow, truenow-gateway and truenow-gateway-http
            "TRUENOW_PORT", "tcp://10.0.0.7:8088",
            "TRUENOW_GATEWAY_SERVICE_HOST", "10.0.0.7",
            "TRUENOW_GATEWAY_PORT_8088_TCP_ADDR", "10.0.0.7",
            "TRUENOW_GATEWAY_HTTP_PORT", "tcp://10.0.0.7:8088"));
        final int port = PortRange.free(11);
        final List<String> arguments = new ArrayList<>(List.of("start", "--role", "standalone", "--data-dir", data.toString()));
        for (final String assignment : List.of("control.members=127.0.0.1:" + port, "control.http-port=" + (port + 6),
            "query.http-port=" + (port + 7), "hot-tier.http-port=" + (port + 8), "process.metrics-port=0", "hot-tier.warm-up=0s",
            "hot-tier.region-directory=" + directory.resolve("regions"), "driver.directory=" + directory.resolve("driver"))) {
            arguments.addAll(List.of("--set", assignment));
        }
        environment.put("TRUENOW_GATEWAY_AERON_PORT", Integer.toString(port + 9));
        // the key's own name belongs to the platform here
        final Path file = Files.createDirectories(directory).resolve("truenow.yaml");
        Files.writeString(file, "gateway:\n  http-port: " + (port + 10));
        arguments.addAll(List.of("--config", file.toString()));
        try (JavaProcess process = Launcher.in(directory).start("start", environment, arguments.toArray(String[]::new))) {
            Await.until("ready", LIMIT, () -> {
                assertTrue(process.isAlive(), process.output());
                return process.output().contains("ready in ");
            });
            final String output = process.output();
            assertTrue(output.contains("http://127.0.0.1:" + (port + 10)), output);
            assertEquals(1, output.lines().filter(line -> line.startsWith("truenow: warning: ")).count(), output);
            assertTrue(output.contains("TRUENOW_GATEWAY_HTTP_PORT=tcp://10.0.0.7:8088 is taken for a container platform's"), output);
            final List<String> logged = output.lines().filter(line -> line.contains(" INFO ")).toList();
            assertFalse(logged.isEmpty(), output);
            logged.forEach(line -> assertTrue(line.matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO .*"), line));
            assertTrue(Files.exists(data.resolve("gateway")) && Files.exists(directory.resolve("driver/cnc.dat")), output);
            assertEquals(143, process.stop(), process.output());
        }
    }
}
