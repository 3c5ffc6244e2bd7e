package io.truenow.hottier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

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
                write(directory, file, lanes);
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

    private static void write(final Path directory, final Path file, final int lanes) throws IOException {
        final Path fresh = directory.resolve(FILE + ".new");
        try (FileChannel channel = FileChannel.open(
            fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap((lanes + "\n").getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
