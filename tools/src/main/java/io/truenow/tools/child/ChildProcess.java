package io.truenow.tools.child;

import io.truenow.driver.AbandonedDrivers;
import io.truenow.engine.store.memory.RegionDirectory;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A standalone TrueNow in a process of its own, with the flags and the class path of this one, on free ports, in a temporary directory that
 * goes when it is closed, or when this process is told to end. Used by one thread.
 */
public final class ChildProcess implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final long STOP_TIMEOUT_SECONDS = 30;
    private static final long POLL_MS = 20;
    private static final int CONTROL_PORTS = 6;
    private static final int ALL_PORTS = 11;
    private static final String READY = "ready in ";

    private final Process process;
    private final Path directory;
    private final Path log;
    private final int firstPort;
    private volatile boolean isEnding;
    private final Thread end = new Thread(this::endWithThisProcess, "end-of-child");

    private ChildProcess(final Process process, final Path directory, final int firstPort) {
        this.process = process;
        this.directory = directory;
        this.log = logIn(directory);
        this.firstPort = firstPort;
        // Ctrl-C on a bench must leave neither the process nor its directory
        Runtime.getRuntime().addShutdownHook(end);
    }

    /**
     * Starts one and waits until it is ready.
     *
     * @param parent          of its directory, which takes up to a gigabyte a few million events.
     * @param moreAssignments {@code key=value} for its configuration.
     */
    public static ChildProcess start(final Path parent, final List<String> moreAssignments) throws IOException {
        final Path directory = Files.createTempDirectory(Files.createDirectories(parent), "truenow-");
        final int firstPort = PortRange.free(ALL_PORTS);
        final List<String> assignments = new ArrayList<>(List.of(
            "control.members=" + HOST + ':' + firstPort,
            "control.http-port=" + (firstPort + CONTROL_PORTS),
            "gateway.http-port=" + (firstPort + CONTROL_PORTS + 1),
            "query.http-port=" + (firstPort + CONTROL_PORTS + 2),
            "hot-tier.http-port=" + (firstPort + CONTROL_PORTS + 3),
            "gateway.aeron-port=" + (firstPort + CONTROL_PORTS + 4),
            "process.metrics-port=0"));
        assignments.addAll(moreAssignments);
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.truenow.tools.Main", "start"));
        command.addAll(List.of("--data-dir", directory.resolve("data").toString()));
        assignments.forEach(assignment -> command.addAll(List.of("--set", assignment)));
        final Process process = new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(logIn(directory).toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .start();
        final ChildProcess child = new ChildProcess(process, directory, firstPort);
        try {
            child.awaitReady();
        } catch (final IOException | RuntimeException e) {
            child.close();
            throw e;
        }
        return child;
    }

    /** Where events go. */
    public URI gateway() {
        return uri(CONTROL_PORTS + 1);
    }

    /** Where queries go. */
    public URI query() {
        return uri(CONTROL_PORTS + 2);
    }

    /** UDP port of the gateway's Aeron endpoint. */
    public int gatewayAeronPort() {
        return firstPort + CONTROL_PORTS + 4;
    }

    /** Its process. */
    public long pid() {
        return process.pid();
    }

    /** Root of its files. */
    public Path dataDirectory() {
        return directory.resolve("data");
    }

    /** What it has printed. */
    public String output() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (final IllegalStateException e) {
            // this process is ending, and its hook is at the same
            return;
        }
    }

    /** For who fails because the child is gone: does not return if that is so because this process has been told to end. */
    public void holdIfEnding() throws InterruptedException {
        if (isEnding) {
            new CountDownLatch(1).await();
        }
    }

    private void endWithThisProcess() {
        isEnding = true;
        end();
    }

    private synchronized void end() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        deleteFiles();
        // its memory regions are where production has them, and their owner is gone now
        RegionDirectory.sweepDefault();
        AbandonedDrivers.sweep();
    }

    private void awaitReady() throws IOException {
        try {
            while (!output().contains(READY)) {
                if (process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
                    holdIfEnding();
                    throw new IOException("it ended with code " + process.exitValue() + ": " + output());
                }
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private URI uri(final int offset) {
        return URI.create("http://" + HOST + ':' + (firstPort + offset));
    }

    private void deleteFiles() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (final IOException e) {
            System.err.println("truenow: cannot remove " + directory + ": " + e.getMessage());
        }
    }

    private static Path logIn(final Path directory) {
        return directory.resolve("process.log");
    }
}
