package io.truenow.system.e2e;

import io.truenow.system.process.Deployment;
import io.truenow.system.process.JavaProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How a process starts, or says in one line why it cannot, and how it ends. */
@Tag("system")
class StartTest {
    @Test
    void stopsCleanlyAndLeavesNothing() {
        try (Deployment deployment = Deployment.standalone(TestDirectories.fresh("clean-stop")).start()) {
            deployment.stop(Deployment.STANDALONE);
            assertFalse(Files.exists(deployment.driverDirectory(Deployment.STANDALONE)), "the media driver's directory is left");
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
            "--set", "driver.directory=" + directory.resolve("nothing")), "media driver");
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
