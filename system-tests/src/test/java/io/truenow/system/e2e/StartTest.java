package io.truenow.system.e2e;

import io.truenow.driver.DriverDirectory;
import io.truenow.fabric.time.WallClock;
import io.truenow.system.process.Deployment;
import io.truenow.system.process.JavaProcess;
import io.truenow.testing.Await;
import io.truenow.tools.child.PortRange;
import io.truenow.tools.rest.RestAnswer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How a process starts, or says in one line why it cannot, and how it ends. */
@Tag("system")
class StartTest {
    /** For machines that are slow with much else. */
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CONTROL_PORTS = 6;
    /** Of the ports of a control member: commands, archive, catalog. */
    private static final int[] CHECKED_PORTS = {0, 4, 5};
    /** Lines of progress: the start, data, media driver, hot tier, query node. */
    private static final int[] STEPS = {1, 2, 3, 5, 7};

    @Test
    void stopsCleanlyAndLeavesNothing() throws IOException {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("clean-stop")).start()) {
            deployment.stop(Deployment.STANDALONE);
            assertFalse(Files.exists(deployment.driverDirectory(Deployment.STANDALONE)), "the media driver's directory is left");
            assertEquals(0, Files.size(deployment.dataDirectory(Deployment.STANDALONE).resolve("errors.log")), "a log without errors");
            deployment.start();
        }
    }

    @Test
    void aLockedDirectoryIsOneLine() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("locked")).start()) {
            final Path directory = deployment.dataDirectory(Deployment.STANDALONE);
            final JavaProcess second = JavaProcess.start("second", directory.resolveSibling("second"),
                List.of("start", "--data-dir", directory.toString(), "--set", "process.metrics-port=0"));
            assertFailsWithOneLine(second, "in use by another process");
            assertTrue(deployment.process(Deployment.STANDALONE).isAlive());
        }
    }

    @Test
    void aTakenPortIsOneLine() throws IOException {
        final Path directory = TestDirectories.fresh("taken-port");
        try (Deployment deployment = Deployment.standalone(directory)) {
            final URI gateway = URI.create(deployment.url("gateway"));
            try (ServerSocket taken = new ServerSocket(gateway.getPort(), 1, InetAddress.getByName(gateway.getHost()))) {
                assertTrue(taken.isBound());
                final JavaProcess process = deployment.launch(Deployment.STANDALONE);
                assertFailsWithOneLine(process, "gateway.http-port");
            }
        }
    }

    @Test
    void aTakenUdpPortIsOneLine() throws IOException {
        final Path directory = TestDirectories.fresh("taken-udp-port");
        final int first = PortRange.free(CONTROL_PORTS);
        for (final int offset : CHECKED_PORTS) {
            final int port = first + offset;
            try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                assertTrue(taken.isBound());
                assertFailsWithOneLine(startAlone("control", directory, "control.members=127.0.0.1:" + first, "control.http-port=0"),
                    "port " + port + "/udp on 127.0.0.1 is taken by another process: stop it or set control.members");
            }
        }
        try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), first))) {
            assertTrue(taken.isBound());
            for (final String role : List.of("gateway", "hot-tier", "query")) {
                final String key = role + ".aeron-port";
                assertFailsWithOneLine(startAlone(role, directory, key + '=' + first, role + ".http-port=0"),
                    "port " + first + "/udp on 127.0.0.1 is taken by another process: stop it or set " + key);
            }
        }
        assertFailsWithOneLine(startAlone("control", directory, "control.members=203.0.113.1:" + first, "control.http-port=0"),
            "203.0.113.1 is no address of this machine");
    }

    @Test
    void anInterruptAtAnyMomentOfAStartEndsItCleanly() {
        final Path directory = TestDirectories.fresh("interrupted");
        final Path data = directory.resolve("data");
        for (final int step : STEPS) {
            try (Deployment deployment = Deployment.standalone(directory.resolve("step-" + step))) {
                deployment.withDriverInSharedMemory();
                final JavaProcess process = deployment.launch(Deployment.STANDALONE);
                Await.until("step " + step, LIMIT, () -> linesOfProgress(process) >= step);
                final boolean isInterrupt = step % 2 == 0;
                process.signal(isInterrupt ? "INT" : "TERM");
                assertEquals(isInterrupt ? 130 : 143, process.exitCode(), process.output());
                final Path left = DriverDirectory.defaultFor(deployment.dataDirectory(Deployment.STANDALONE));
                assertFalse(Files.exists(left), left + " is left by a start that was ended at step " + step);
                assertFalse(process.output().contains("truenow: "), process.output());
            }
        }
        // one that waits for others
        final JavaProcess waiting =
            start(directory, "start", "--role", "gateway", "--data-dir", data.toString(), "--set", "gateway.http-port=0");
        Await.until("it waits", LIMIT, () -> waiting.output().contains("  data "));
        waiting.signal("INT");
        assertEquals(130, waiting.exitCode(), waiting.output());
        assertFalse(waiting.output().contains("\tat "), waiting.output());
    }

    @Test
    void theDriverOfAKilledRoleIsSweptByTheNextStart() {
        final Path directory = TestDirectories.fresh("swept");
        final Path killedDirectory = directory.resolve("killed");
        final Path left = DriverDirectory.defaultFor(killedDirectory.resolve("data/process/query"));
        final JavaProcess killed = startAlone("query", killedDirectory, "query.http-port=0");
        Await.until("its driver runs", LIMIT, () -> killed.output().contains("  query "));
        killed.kill();
        assertTrue(Files.exists(left), left.toString());
        final JavaProcess next = startAlone("query", directory.resolve("next"), "query.http-port=0");
        Await.until("its driver runs", LIMIT, () -> next.output().contains("  query "));
        assertFalse(Files.exists(left), left + " holds shared memory of nobody");
        assertEquals(143, next.stop(), next.output());
    }

    @Test
    void aTroubleIsToldWhileItLasts() {
        try (Deployment deployment = Deployment.byRole(TestDirectories.fresh("no-control"))) {
            final JavaProcess query = deployment.launch("query");
            Await.until("it is told", LIMIT, () -> query.output().contains("WARN Troubles - query: control_away: no leader"));
            assertTrue(deployment.get("query", "/status").body().contains("{\"trouble\":\"control_away\",\"since\":"));
            deployment.restart("control");
            Await.until("its end is told", LIMIT, () -> query.output().contains("INFO Troubles - query: control_away is over after"));
            assertTrue(deployment.get("query", "/status").body().contains("\"troubles\":[]"));
        }
    }

    @Test
    void aFullJournalIsTold() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("full-journal"))) {
            deployment.set("gateway.journal-budget", "12MiB").start();
            RestAnswer answer = deployment.post("gateway", "/v1/batch", largeBatch(0));
            for (int i = 1; answer.isSuccess(); i++) {
                answer = deployment.post("gateway", "/v1/batch", largeBatch(i));
            }
            assertEquals(503, answer.status(), answer.body());
            assertTrue(answer.body().contains("\"journal_full\""), answer.body());
            final RestAnswer ready = deployment.get("gateway", "/ready");
            assertEquals(503, ready.status());
            assertTrue(ready.body().contains("gateway.journal-budget"), ready.body());
            final JavaProcess process = deployment.process(Deployment.STANDALONE);
            Await.until("it is told", LIMIT, () -> process.output().contains("WARN Troubles - gateway: journal_full: the journal is at"));
            assertTrue(deployment.get("gateway", "/status").body().contains("{\"trouble\":\"journal_full\""));
            assertEquals(1, deployment.metric("gateway", "truenow_trouble{service=\"gateway\",trouble=\"journal_full\"}"));
        }
    }

    private static String largeBatch(final int batch) {
        final long nowUs = WallClock.INSTANCE.microTime();
        final StringBuilder events = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            final String id = batch + "-" + i;
            events.append(i == 0 ? "" : ",").append("{\"event_id\":\"").append(id).append("\",\"event_time\":").append(nowUs)
                .append(",\"dims\":{\"text\":\"").append(id).append("x".repeat(1_000)).append("\"}}");
        }
        return "{\"namespace\":\"full\",\"table\":\"journal\",\"events\":[" + events + "]}";
    }

    @Test
    void anInterruptedBenchLeavesNothing() throws IOException {
        final Path directory = TestDirectories.fresh("bench");
        final Path scratch = directory.resolve("scratch");
        final JavaProcess bench = JavaProcess.start("bench", directory, List.of("bench", "ingest", "--dir", scratch.toString()));
        Await.until("its TrueNow runs", LIMIT, () -> logOfChild(scratch).contains("media driver"));
        final long child = Long.parseLong(logOfChild(scratch).lines().filter(line -> line.contains(", pid ")).findFirst().orElseThrow()
            .replaceAll(".*, pid ", ""));
        bench.signal("INT");
        assertEquals(130, bench.exitCode(), bench.output());
        assertTrue(ProcessHandle.of(child).isEmpty(), "its child still runs");
        try (Stream<Path> left = Files.list(scratch)) {
            assertEquals(List.of(), left.toList());
        }
        assertFalse(bench.output().contains("\tat ") || bench.output().contains("truenow: "), bench.output());
    }

    @Test
    void anUnusableDirectoryIsOneLine() throws IOException {
        final Path directory = TestDirectories.fresh("unusable");
        Files.createDirectories(directory);
        final Path file = Files.writeString(directory.resolve("file"), "in the way");
        assertFailsWithOneLine(start(directory, "start", "--data-dir", file.resolve("data").toString()), file.toString());
    }

    @Test
    void wrongConfigurationIsOneLineThatNamesTheKey() {
        final Path directory = TestDirectories.fresh("configuration");
        final String data = directory.resolve("data").toString();
        assertRefused(start(directory, "start", "--data-dir", data, "--set", "gateway.htp-port=1"), "gateway.htp-port");
        assertRefused(start(directory, "start", "--data-dir", data, "--set", "hot-tier.memory-budget=900TiB"), "set it to ");
        assertFalse(Files.exists(directory.resolve("data")), "something was touched");
    }

    /** The Java machine has lost the characters before any code of ours runs: without the launcher it can only say so. */
    @Test
    void aPathThatTheLocaleLosesIsOneLine() {
        final Path directory = TestDirectories.fresh("lost-path");
        final List<String> arguments = List.of("start", "--data-dir", directory.resolve("d\u00fc").toString());
        assertRefused(JavaProcess.start("posix", directory, arguments, Map.of("LC_ALL", "C")), "start it with LC_ALL=C.UTF-8");
        assertEquals(List.of("posix.log"), List.of(directory.toFile().list()));
    }

    @Test
    void leavesAloneWhatTheLocaleCannotRead() throws IOException {
        final Path directory = TestDirectories.fresh("posix-locale");
        final Path neighbour = Files.createDirectories(directory.resolve("regions/neighbour"));
        Files.writeString(neighbour.resolve("owner"), "truenow regions of\n/nowhere/d\u00fc\n");
        try (Deployment deployment = Deployment.standalone(directory).environment("LC_ALL", "C").start()) {
            assertTrue(Files.exists(neighbour.resolve("owner")), deployment.process(Deployment.STANDALONE).output());
        }
    }

    @Test
    void aRoleWithoutMediaDriverIsOneLine() {
        final Path directory = TestDirectories.fresh("no-driver");
        assertFailsWithOneLine(start(directory, "start", "--role", "gateway", "--data-dir", directory.resolve("data").toString(),
            "--set", "driver.directory=" + directory.resolve("nothing"), "--set", "driver.timeout=1s"), "media driver");
    }

    /** One role with a driver of its own, which is where it is by default. */
    private static JavaProcess startAlone(final String role, final Path directory, final String... assignments) {
        final List<String> command = new ArrayList<>(List.of("start", "--role", role, "--data-dir", directory.resolve("data").toString(),
            "--set", "driver.mode=embedded", "--set", "hot-tier.warm-up=0s", "--set",
            "hot-tier.region-directory=" + directory.resolve("regions")));
        for (final String assignment : assignments) {
            command.addAll(List.of("--set", assignment));
        }
        return start(directory, command.toArray(new String[0]));
    }

    private static long linesOfProgress(final JavaProcess process) {
        return process.output().lines().filter(line -> !line.contains(" INFO ") && !line.startsWith("WARNING")).count();
    }

    private static String logOfChild(final Path scratch) {
        if (!Files.isDirectory(scratch)) {
            return "";
        }
        try (Stream<Path> files = Files.list(scratch)) {
            final Path log = files.map(path -> path.resolve("process.log")).filter(Files::exists).findFirst().orElse(null);
            return log == null ? "" : Files.readString(log);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JavaProcess start(final Path directory, final String... arguments) {
        return JavaProcess.start("process" + System.nanoTime(), directory, List.of(arguments));
    }

    private static void assertFailsWithOneLine(final JavaProcess process, final String... parts) {
        assertEndsWithOneLine(1, process, parts);
    }

    private static void assertRefused(final JavaProcess process, final String... parts) {
        assertEndsWithOneLine(2, process, parts);
    }

    private static void assertEndsWithOneLine(final int exitCode, final JavaProcess process, final String... parts) {
        assertEquals(exitCode, process.exitCode(), process.output());
        final List<String> lines = process.output().lines().filter(line -> line.startsWith("truenow: ")).toList();
        assertEquals(1, lines.size(), process.output());
        for (final String part : parts) {
            assertTrue(lines.getFirst().contains(part), process.output());
        }
        assertFalse(process.output().contains("\tat "), process.output());
    }
}
