package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class DeletionsTest {
    private static final long LATER_NS = 11_000_000_000L;

    @TempDir
    private Path directory;
    private final Deletions deletions = new Deletions(DiskFiles.INSTANCE, SealerCounters.register(ProcessMetrics.local()));

    @Test
    void fileThatCannotBeDeletedKeepsNoneOfTheOthers() throws IOException {
        final Path stuck = undeletable(directory.resolve("stuck"));
        final Path shard = Files.createDirectory(directory.resolve("7"));
        final Path left = undeletable(shard.resolve("1795000200-0000000100000002-1918.tns"));
        assertThrows(IOException.class, () -> deletions.delete(stuck));
        assertThrows(IOException.class, () -> deletions.forget(shard, Long.MAX_VALUE));
        Files.delete(left.resolve("content"));
        deletions.doWork(0);
        deletions.doWork(LATER_NS);
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(stuck));
        Files.delete(stuck.resolve("content"));
        deletions.doWork(2 * LATER_NS);
        assertFalse(Files.exists(stuck));
    }

    /** A directory that is not empty. */
    private static Path undeletable(final Path file) throws IOException {
        Files.createDirectory(file);
        Files.createFile(file.resolve("content"));
        return file;
    }
}
