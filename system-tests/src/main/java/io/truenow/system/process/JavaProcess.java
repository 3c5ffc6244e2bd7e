package io.truenow.system.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The {@code truenow} command in a process of its own, on the JDK and the class path that the tests run with. Its output goes to a file
 * that is kept. Used by one thread.
 */
public final class JavaProcess implements AutoCloseable {
    private static final long STOP_TIMEOUT_SECONDS = 60;

    private final String name;
    private final Path output;
    private final long firstByte;
    private final Process process;

    private JavaProcess(final String name, final Path output, final long firstByte, final Process process) {
        this.name = name;
        this.output = output;
        this.firstByte = firstByte;
        this.process = process;
    }

    /** Starts {@code truenow} with arguments; output is appended to {@code directory/name.log}. */
    public static JavaProcess start(final String name, final Path directory, final List<String> arguments) {
        return start(name, directory, List.of(), arguments, Map.of());
    }

    /** The same with more, or other, environment variables. */
    public static JavaProcess start(
        final String name, final Path directory, final List<String> arguments, final Map<String, String> environment) {
        return start(name, directory, List.of(), arguments, environment);
    }

    /** The same with more options for the Java machine. */
    public static JavaProcess start(
        final String name, final Path directory, final List<String> javaOptions, final List<String> arguments,
        final Map<String, String> environment) {
        final ProcessBuilder builder = new ProcessBuilder(command(javaOptions, arguments));
        builder.environment().putAll(environment);
        return start(name, directory, builder);
    }

    /** The same by a program that sets something up and then becomes it, such as {@code prlimit}. */
    public static JavaProcess startBy(
        final List<String> starter, final String name, final Path directory, final List<String> arguments) {
        final List<String> command = new ArrayList<>(starter);
        command.addAll(command(List.of(), arguments));
        return start(name, directory, new ProcessBuilder(command));
    }

    private static List<String> command(final List<String> javaOptions, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(List.of(System.getProperty("truenow.jvm.args").trim().split("\\s+")));
        command.addAll(List.of("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.truenow.tools.Main"));
        command.addAll(arguments);
        return command;
    }

    /** The same with a command of its own, which becomes the Java machine. */
    static JavaProcess start(final String name, final Path directory, final ProcessBuilder builder) {
        try {
            Files.createDirectories(directory);
            final Path output = directory.resolve(name + ".log");
            final long firstByte = Files.exists(output) ? Files.size(output) : 0;
            final Process process = builder
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
            return new JavaProcess(name, output, firstByte, process);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** {@code kill -9}. */
    public void kill() {
        process.destroyForcibly();
        exitCode();
    }

    /** SIGSTOP: no thread of it runs until {@link #resume}. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** Sends a signal, such as {@code INT}. */
    public void signal(final String signal) {
        try {
            final int code = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).inheritIO().start().waitFor();
            if (code != 0) {
                throw new AssertionError("cannot send " + signal + " to " + name);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM; returns the exit code. */
    public int stop() {
        process.destroy();
        return exitCode();
    }

    /** Waits for the end and returns the exit code. */
    public int exitCode() {
        try {
            if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(name + " did not end within " + STOP_TIMEOUT_SECONDS + " s; its output:\n" + output());
            }
            return process.exitValue();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Everything it has printed, in earlier lives too. */
    public String output() {
        try {
            return Files.readString(output);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has printed in this life: what an earlier one said, such as that it was ready, says nothing of this one. */
    public String outputOfThisLife() {
        try {
            final byte[] bytes = Files.readAllBytes(output);
            return new String(bytes, (int) firstByte, bytes.length - (int) firstByte, StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
