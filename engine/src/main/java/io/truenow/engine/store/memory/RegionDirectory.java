package io.truenow.engine.store.memory;

import io.truenow.fabric.process.DataDirectory;
import io.truenow.fabric.process.DataDirectoryException;
import io.truenow.fabric.process.PathEncoding;
import io.truenow.fabric.process.ServiceIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The directory of a node's regions: {@code <parent>/<instance key>}, locked while the node runs, with a file {@code owner} that names the
 * node's data directory. By default the parent is {@code /dev/shm/truenow-<user>}: memory that outlives the process but not the machine.
 * Opened and closed by the launching thread.
 */
public final class RegionDirectory implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RegionDirectory.class);

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String HUGE_PAGES = "hugetlbfs";
    private static final String OWNER_FILE = "owner";
    private static final String MARK = "truenow regions of";
    private static final String ONLY_OWNER = "rwx------";

    private final DataDirectory lock;

    private RegionDirectory(final DataDirectory lock) {
        this.lock = lock;
    }

    /**
     * Makes the directory where needed and takes it. Then deletes directories beside it whose node is gone: they name a data directory that
     * does not exist any more, or this one under another key.
     *
     * @param configured parent of the directory; null for the default.
     * @param identity   of the node.
     * @throws IllegalStateException that says why it cannot be had.
     */
    public static RegionDirectory open(final Path configured, final ServiceIdentity identity) {
        final Path parent = parentFor(configured, identity.directory());
        try {
            if (!Files.isDirectory(parent)) {
                Files.createDirectories(parent, onlyOwner());
            }
            if (HUGE_PAGES.equals(Files.getFileStore(parent).type())) {
                throw new IllegalStateException("hot-tier.region-directory is on hugetlbfs, which takes no small files: "
                    + "set it to a directory on tmpfs, and hot-tier.huge-pages to require");
            }
            final Path path = parent.resolve(String.format(
                Locale.ROOT, "%016x%016x", identity.instanceKeyHigh(), identity.instanceKeyLow()));
            if (!Files.isDirectory(path)) {
                Files.createDirectory(path, onlyOwner());
            }
            if (configured == null && !Files.getOwner(parent).equals(Files.getOwner(path))) {
                throw new IllegalStateException(parent + " is another user's: set hot-tier.region-directory");
            }
            final DataDirectory lock = DataDirectory.open(path);
            writeOwner(lock.path(), identity.directory());
            sweep(parent, lock.path(), identity.directory());
            return new RegionDirectory(lock);
        } catch (final IOException e) {
            throw new IllegalStateException("cannot use " + parent + " for memory regions: " + e + ": set hot-tier.region-directory", e);
        }
    }

    /** Deletes directories in shared memory whose node's data directory does not exist any more. Best effort. */
    public static void sweepDefault() {
        final Path parent = sharedParent();
        if (Files.isDirectory(parent)) {
            sweep(parent, null, null);
        }
    }

    /** Absolute. */
    public Path path() {
        return lock.path();
    }

    /** Lets go of the directory; what is in it stays. */
    @Override
    public void close() {
        lock.close();
    }

    /** Where directories of regions are, of a node that keeps its files there. */
    static Path parentFor(final Path configured, final Path dataDirectory) {
        return configured == null ? defaultParent(dataDirectory) : configured.toAbsolutePath().normalize();
    }

    private static Path defaultParent(final Path dataDirectory) {
        return Files.isDirectory(SHARED_MEMORY) && Files.isWritable(SHARED_MEMORY)
            ? sharedParent() : dataDirectory.resolve("regions");
    }

    private static Path sharedParent() {
        return SHARED_MEMORY.resolve("truenow-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9._-]", "_"));
    }

    private static void writeOwner(final Path path, final Path dataDirectory) throws IOException {
        Files.write(path.resolve(OWNER_FILE), List.of(MARK, dataDirectory.toString()), StandardCharsets.UTF_8);
    }

    /** Best effort: another node may be doing the same, and what others have there may be unreadable to us. */
    private static void sweep(final Path parent, final Path own, final Path dataDirectory) {
        final List<Path> beside;
        try (Stream<Path> found = Files.list(parent)) {
            beside = found.filter(path -> !path.equals(own)).toList();
        } catch (final IOException | UncheckedIOException e) {
            LOGGER.debug("cannot sweep {}: {}", parent, e.toString());
            return;
        }
        for (final Path path : beside) {
            try {
                if (isOrphan(path, dataDirectory)) {
                    delete(path);
                }
            } catch (final IOException | UncheckedIOException | DataDirectoryException | InvalidPathException e) {
                LOGGER.debug("cannot sweep {}: {}", path, e.toString());
            }
        }
    }

    /** Only what carries our mark can be one. */
    private static boolean isOrphan(final Path path, final Path dataDirectory) throws IOException {
        final Path ownerFile = path.resolve(OWNER_FILE);
        if (!Files.isRegularFile(ownerFile)) {
            return false;
        }
        final List<String> lines = Files.readAllLines(ownerFile, StandardCharsets.UTF_8);
        // a path that this process cannot name may well exist
        if (lines.size() != 2 || !lines.get(0).equals(MARK) || PathEncoding.whyUnusable(lines.get(1)) != null) {
            return false;
        }
        final Path owner = Path.of(lines.get(1));
        return owner.equals(dataDirectory) || Files.notExists(owner);
    }

    private static void delete(final Path path) throws IOException {
        // refused if a process that lives has it
        try (DataDirectory _ = DataDirectory.open(path); Stream<Path> files = Files.walk(path)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
        LOGGER.info("deleted {}: memory regions of a node whose data directory is gone", path);
    }

    private static FileAttribute<?>[] onlyOwner() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(ONLY_OWNER))}
            : new FileAttribute<?>[0];
    }
}
