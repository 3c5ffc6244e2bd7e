package io.truenow.system.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The {@code truenow} command in a process of its own, on the JDK and the class path that the tests run with. Its output goes to a file
 * that is kept. Used by one thread.
 */
public final class JavaProcess implements AutoCloseable {
    private static final long STOP_TIMEOUT_SECONDS = 20;

    private final String name;
    private final Path output;
    private final Process process;

    private JavaProcess(final String name, final Path output, final Process process) {
        this.name = name;
        this.output = output;
        this.process = process;
    }

    /** Starts {@code truenow} with arguments; output is appended to {@code directory/name.log}. */
    public static JavaProcess start(final String name, final Path directory, final List<String> arguments) {
        return start(name, directory, List.of(), arguments);
    }

    /** The same with more options for the Java machine. */
    public static JavaProcess start(
        final String name, final Path directory, final List<String> javaOptions, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(List.of(System.getProperty("truenow.jvm.args").trim().split("\\s+")));
        command.addAll(List.of("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.truenow.tools.Main"));
        command.addAll(arguments);
        try {
            Files.createDirectories(directory);
            final Path output = directory.resolve(name + ".log");
            final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
            return new JavaProcess(name, output, process);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
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

    private void signal(final String signal) {
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

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
