package io.truenow.driver;

import io.truenow.fabric.process.DataDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Directories of media drivers whose process was killed: some 50 MB of shared memory each, until the next start in the same data directory,
 * which may never come. A driver's process holds a lock in its directory; where the lock is free, the driver is gone. Best effort, and
 * stateless: several processes may sweep at once, beside others that start.
 */
public final class AbandonedDrivers {
    private static final Logger LOGGER = LoggerFactory.getLogger(AbandonedDrivers.class);
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{12}");
    private static final String KEPT_FILE = "kept";
    /** A directory without a lock is one that is being made, or one of a former version. */
    private static final Duration MAKING = Duration.ofMinutes(1);

    private AbandonedDrivers() {
    }

    /** Deletes those of this user's drivers in shared memory. */
    public static void sweep() {
        sweep(DriverDirectory.defaultParent(), null);
    }

    /** Likewise in that parent, except the process' own, which its driver makes anew. */
    static void sweep(final Path parent, final Path own) {
        try (Stream<Path> found = Files.list(parent)) {
            found.filter(path -> isDriver(path) && !path.equals(own)).forEach(AbandonedDrivers::deleteIfAbandoned);
        } catch (final IOException e) {
            LOGGER.debug("cannot look for abandoned media drivers in {}: {}", parent, e.toString());
        }
    }

    /** Says that a directory is to outlive its driver. */
    static void keep(final Path directory) throws IOException {
        Files.write(directory.resolve(KEPT_FILE), new byte[0]);
    }

    private static boolean isDriver(final Path path) {
        final String name = path.getFileName().toString();
        return name.startsWith(DriverDirectory.defaultPrefix())
            && HASH.matcher(name.substring(DriverDirectory.defaultPrefix().length())).matches();
    }

    private static void deleteIfAbandoned(final Path directory) {
        try {
            if (Files.exists(directory.resolve(KEPT_FILE))) {
                return;
            }
            final Path lockFile = directory.resolve(DataDirectory.LOCK_FILE);
            if (Files.exists(lockFile)) {
                final Object seen = fileKey(lockFile);
                try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
                    // who starts there takes the lock of the former driver first: what is locked here is what is there
                    if (lock != null && seen.equals(fileKey(lockFile))) {
                        delete(directory);
                    }
                }
            } else if (isWithoutProcess(directory)) {
                delete(directory);
            }
        } catch (final IOException | OverlappingFileLockException e) {
            LOGGER.debug("cannot sweep {}: {}", directory, e.toString());
        }
    }

    private static boolean isWithoutProcess(final Path directory) throws IOException {
        final long pid = DriverDirectory.pid(directory);
        return pid != 0 && ProcessHandle.of(pid).isEmpty()
            && Files.getLastModifiedTime(directory).toInstant().isBefore(Instant.now().minus(MAKING));
    }

    /** Renamed first: a driver that starts there has its own from then on. */
    private static void delete(final Path directory) throws IOException {
        final Path gone = directory.resolveSibling(directory.getFileName() + ".gone-" + ProcessHandle.current().pid());
        Files.move(directory, gone, StandardCopyOption.ATOMIC_MOVE);
        final List<Path> files;
        try (Stream<Path> walked = Files.walk(gone)) {
            files = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (final Path file : files) {
            Files.deleteIfExists(file);
        }
        LOGGER.info("deleted {}: buffers of a media driver whose process is gone", directory);
    }

    private static Object fileKey(final Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }
}
