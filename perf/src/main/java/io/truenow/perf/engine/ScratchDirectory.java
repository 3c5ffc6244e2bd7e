package io.truenow.perf.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A directory that goes with everything in it when it is closed, or when the process is told to end. Used by one thread.
 */
public final class ScratchDirectory implements AutoCloseable {
    private static final String PREFIX = "truenow-bench";

    private final Path path;
    private final Thread end = new Thread(this::deleteQuietly, "end-of-scratch");

    private ScratchDirectory(final Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(end);
    }

    /** Makes one; a null parent stands for the machine's directory of temporary files. */
    public static ScratchDirectory in(final Path parent) throws IOException {
        return new ScratchDirectory(parent == null ? Files.createTempDirectory(PREFIX) : Files.createTempDirectory(parent, PREFIX));
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (final IllegalStateException e) {
            // the process is ending, and the hook is at it
            return;
        }
        delete();
    }

    private void delete() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void deleteQuietly() {
        try {
            delete();
        } catch (final IOException e) {
            System.err.println("cannot remove " + path + ": " + e.getMessage());
        }
    }
}
