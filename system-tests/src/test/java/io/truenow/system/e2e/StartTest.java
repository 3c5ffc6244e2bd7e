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
        assertFailsWithOneLine(start(directory, "start", "--data-dir", data, "--set", "gateway.htp-port=1"), "gateway.htp-port");
        assertFailsWithOneLine(start(directory, "start", "--data-dir", data, "--set", "gateway.http-port=many"), "gateway.http-port");
        assertFalse(Files.exists(directory.resolve("data")), "something was touched");
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
        assertEquals(1, process.exitCode(), process.output());
        final List<String> lines = process.output().lines().filter(line -> line.startsWith("truenow: ")).toList();
        assertEquals(1, lines.size(), process.output());
        for (final String part : parts) {
            assertTrue(lines.getFirst().contains(part), process.output());
        }
        assertFalse(process.output().contains("\tat "), process.output());
    }
}
