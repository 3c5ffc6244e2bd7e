package io.truenow.system.process;

import io.truenow.testing.Await;
import io.truenow.tools.child.PortRange;
import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A TrueNow of real processes: one with everything, or one for each service with a media driver of its own. Ports and directories stay the
 * same over restarts. Closing it stops what runs and fails if a process has written an error anywhere. Used by one thread, {@link #url} by
 * any.
 */
public final class Deployment implements AutoCloseable {
    /** The whole in one process. */
    public static final String STANDALONE = "standalone";
    /** Runs the media driver that the others attach to. */
    public static final String MEDIA_DRIVER = "media-driver";
    /** The services, in the order of their start. */
    public static final List<String> ROLES = List.of("control", "hot-tier", "gateway", "query");

    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(35);
    private static final int CONTROL_PORTS = 6;
    private static final int PORTS = 12;
    private static final int EXIT_SIGTERM = 143;
    private static final String READY = "ready in ";
    private static final String WARM_UP = "hot-tier.warm-up";
    private static final String FIRST_OCCURRENCE = "ERROR ErrorLog - first occurrence";

    private final Path directory;
    private final List<String> roles;
    private final boolean isDriverShared;
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Map<String, Integer> httpPorts = new LinkedHashMap<>();
    private final Map<String, JavaProcess> running = new LinkedHashMap<>();
    private final WrongClock wallClock;
    private final TreeSet<String> errors = new TreeSet<>();
    private final List<Pattern> expected = new ArrayList<>();
    private final int firstPort;
    private String urlHost = "127.0.0.1";
    private boolean areErrorsExpected;
    private boolean isDriverInSharedMemory;
    private final RestClient client = new RestClient(REQUEST_TIMEOUT);

    private Deployment(final Path directory, final List<String> roles) {
        this.directory = directory;
        this.roles = roles;
        this.isDriverShared = roles.contains(MEDIA_DRIVER);
        wallClock = new WrongClock(directory.resolve("wall-clock-offset"));
        firstPort = PortRange.free(PORTS);
        set("control.members", urlHost + ':' + firstPort);
        int port = firstPort + CONTROL_PORTS;
        for (final String role : ROLES) {
            httpPorts.put(role, port);
            set(role + ".http-port", Integer.toString(port));
            port++;
        }
        set("process.metrics-port", "0");
        set("hot-tier.region-directory", directory.resolve("regions").toString());
        // it says nothing about most tests, and takes processors from what they start
        set(WARM_UP, "0s");
    }

    /** Everything in one process; nothing is started yet. */
    public static Deployment standalone(final Path directory) {
        return new Deployment(directory, List.of(STANDALONE));
    }

    /** A process for each service, each with a media driver of its own: they talk over UDP. Nothing is started yet. */
    public static Deployment byRole(final Path directory) {
        final Deployment deployment = new Deployment(directory, ROLES);
        deployment.set("driver.mode", "embedded");
        return deployment;
    }

    /** A process for each service and one for the media driver, which they share: they talk over IPC. Nothing is started yet. */
    public static Deployment byRoleOnOneDriver(final Path directory) {
        return new Deployment(directory, Stream.concat(Stream.of(MEDIA_DRIVER), ROLES.stream()).toList());
    }

    /** Configures all processes started from now on. */
    public Deployment set(final String key, final String value) {
        arguments.add("--set");
        arguments.add(key + '=' + value);
        return this;
    }

    /** Has all processes listen on, and talk over, the loopback address of IPv6. */
    public Deployment overIpv6() {
        urlHost = "[::1]";
        return set("process.bind-host", "::1").set("control.members", urlHost + ':' + firstPort);
    }

    /** An environment variable of all processes started from now on. */
    public Deployment environment(final String variable, final String value) {
        environment.put(variable, value);
        return this;
    }

    /** Leaves media drivers where they are by default, rather than below the test's directory. */
    public Deployment withDriverInSharedMemory() {
        isDriverInSharedMemory = true;
        return this;
    }

    /** Leaves the warm-up of hot tiers, without which processes are started otherwise, as it is by default. */
    public Deployment warmedUp() {
        final int value = arguments.indexOf(WARM_UP + "=0s");
        arguments.subList(value - 1, value + 1).clear();
        return this;
    }

    /** The wall clock of all its processes, which may be wrong when they start and may step while they run. */
    public WrongClock wallClock() {
        return wallClock;
    }

    /** Starts every process and waits until all are ready. */
    public Deployment start() {
        try {
            if (isDriverShared) {
                // services wait for it for ten seconds, which is little on a crowded machine
                restart(MEDIA_DRIVER);
            }
            roles.stream().filter(role -> !running.containsKey(role)).forEach(this::launch);
            roles.forEach(this::awaitReady);
        } catch (final RuntimeException | Error e) {
            // nobody has it to close it, and what runs would work on in the directories of the next run
            running.values().forEach(JavaProcess::close);
            throw e;
        }
        return this;
    }

    /** Starts one process and does not wait. */
    public JavaProcess launch(final String role) {
        final List<String> command = new ArrayList<>(List.of("start"));
        if (!role.equals(STANDALONE)) {
            command.addAll(List.of("--role", role));
        }
        command.addAll(List.of("--data-dir", dataDirectory(role).toString()));
        command.addAll(arguments);
        if (!isDriverInSharedMemory) {
            command.addAll(List.of("--set", "driver.directory=" + driverDirectory(role)));
        }
        final JavaProcess process = JavaProcess.start(role, directory, wallClock.javaOptions(), command, environment);
        running.put(role, process);
        return process;
    }

    /** Starts one process and waits until it is ready. */
    public void restart(final String role) {
        launch(role);
        awaitReady(role);
    }

    /** Waits until a process' services are ready. */
    public void awaitReady(final String role) {
        final JavaProcess process = running.get(role);
        final List<String> services = role.equals(STANDALONE) ? ROLES : ROLES.contains(role) ? List.of(role) : List.of();
        Await.until(role + " is ready", READY_LIMIT, () -> {
            if (!process.isAlive()) {
                throw new AssertionError(role + " ended with code " + process.exitCode() + ":\n" + process.output());
            }
            return process.outputOfThisLife().contains(READY) && services.stream().allMatch(this::isReady);
        });
    }

    /** Stops processes by signal, all at once, for so long. */
    public void pause(final Duration duration, final String... roleNames) {
        final long endNs = System.nanoTime() + duration.toNanos();
        for (final String role : roleNames) {
            running.get(role).pause();
        }
        Await.until("paused", duration.plus(READY_LIMIT), () -> System.nanoTime() - endNs >= 0);
        for (final String role : roleNames) {
            running.get(role).resume();
        }
    }

    /** How often a process has said that it is ready: more than once if it has begun anew. */
    public int lives(final String role) {
        return running.get(role).output().split(READY, -1).length - 1;
    }

    /** Waits until a process that loses its media driver has begun anew and is ready, which it has been so often before. */
    public void awaitLife(final String role, final int lives) {
        Await.until(role + " is ready for the " + lives + ". time", READY_LIMIT, () -> lives(role) >= lives);
        awaitReady(role);
    }

    /** {@code kill -9}. */
    public void kill(final String role) {
        running.remove(role).kill();
        readErrors();
    }

    /** SIGTERM; fails unless it ends as it should. */
    public void stop(final String role) {
        final JavaProcess process = running.remove(role);
        final int exitCode = process.stop();
        readErrors();
        if (exitCode != EXIT_SIGTERM && exitCode != 0) {
            throw new AssertionError(role + " ended with code " + exitCode + " on SIGTERM:\n" + process.output());
        }
    }

    /** Where a role keeps its files. */
    public Path dataDirectory(final String role) {
        return directory.resolve("data-" + role);
    }

    /** Where a role's media driver has its files. */
    public Path driverDirectory(final String role) {
        return directory.resolve("driver-" + (isDriverShared ? "shared" : role));
    }

    /** Expects a process to end by itself, with that exit code, and forgets the errors that it and the others have left. */
    public void mustEnd(final String role, final int exitCode) {
        final JavaProcess process = running.remove(role);
        if (process.exitCode() != exitCode) {
            throw new AssertionError(role + " ended with code " + process.exitCode() + ":\n" + process.output());
        }
        areErrorsExpected = true;
    }

    /** Entries of error logs and lines of logs that match are part of the test. */
    public Deployment expect(final String regex) {
        expected.add(Pattern.compile(regex));
        return this;
    }

    /** The same of an error that agents report: its log tells the first occurrence with a stack, below the line with the message. */
    public Deployment expectReported(final String regex) {
        expect(regex).expect(": \tat ").expect(FIRST_OCCURRENCE);
        return this;
    }

    /** The sum of a service's metric over its labels, 0 if there is none; the service has to answer. */
    public double metric(final String service, final String name) {
        return get(service, "/metrics").body().lines()
            .filter(line -> line.startsWith(name))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .sum();
    }

    /** The process of that role, which runs or has been started. */
    public JavaProcess process(final String role) {
        return running.get(role);
    }

    /** Of a service's HTTP port. */
    public String url(final String service) {
        return "http://" + urlHost + ':' + httpPorts.get(service);
    }

    /** Asks services. */
    public RestClient client() {
        return client;
    }

    /** Posts JSON to a service, which has to answer. */
    public RestAnswer post(final String service, final String path, final String json) {
        try {
            return client.post(url(service) + path, json);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gets from a service, which has to answer. */
    public RestAnswer get(final String service, final String path) {
        try {
            return client.get(url(service) + path);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops what runs, last started first, and looks for errors. */
    @Override
    public void close() {
        try {
            for (final String role : List.copyOf(running.keySet()).reversed()) {
                if (running.get(role).isAlive()) {
                    stop(role);
                }
            }
            readErrors();
            errors.removeIf(error -> expected.stream().anyMatch(pattern -> pattern.matcher(error).find()));
            if (!errors.isEmpty() && !areErrorsExpected) {
                throw new AssertionError("unexpected entries in error logs:\n" + String.join("\n", errors));
            }
        } finally {
            running.values().forEach(JavaProcess::close);
            client.close();
        }
    }

    private boolean isReady(final String service) {
        try {
            return client.get(url(service) + "/ready").isSuccess();
        } catch (final IOException e) {
            return false;
        }
    }

    /** Files of a driver go with its process' next start, so they are read whenever a process has ended. */
    private void readErrors() {
        errors.addAll(ErrorLogs.below(directory));
        try (Stream<Path> logs = Files.list(directory)) {
            logs.filter(file -> file.toString().endsWith(".log")).forEach(file -> errors.addAll(ErrorLogs.complaintsIn(file)));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
