package io.truenow.hottier;

import io.truenow.fabric.process.AtomicFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The number of lanes that a node's shards were placed on, kept in its directory. Launching thread only, under the directory's lock. */
final class LanesFile {
    private static final String FILE = "lanes";

    private LanesFile() {
    }

    /**
     * Compares the configured number with the one on disk; the first start puts it there.
     *
     * @throws IllegalStateException if they differ.
     */
    static void check(final Path directory, final int lanes) {
        final Path file = directory.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                AtomicFile.replace(file, (lanes + "\n").getBytes(StandardCharsets.US_ASCII));
                return;
            }
            final String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
            if (!text.equals(Integer.toString(lanes))) {
                throw new IllegalStateException("hot-tier.lanes is " + lanes + ", but the node in " + directory + " has " + text
                    + " lanes: its shards are placed on them; set hot-tier.lanes=" + text);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot keep the number of lanes in " + file, e);
        }
    }
}
