package io.truenow.engine.store.memory;

import io.truenow.fabric.process.DataDirectory;
import io.truenow.fabric.process.DataDirectoryException;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.testing.Mounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class RegionDirectoryTest {
    @TempDir
    private Path directory;

    @Test
    void staysTheSameForANode() throws IOException {
        final Path path;
        try (ServiceIdentity identity = identity("one"); RegionDirectory regions = open(identity)) {
            path = regions.path();
            Files.writeString(path.resolve("kept"), "", StandardCharsets.US_ASCII);
            assertEquals(List.of("truenow regions of", identity.directory().toString()), Files.readAllLines(path.resolve("owner")));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            assertThrows(DataDirectoryException.class, () -> DataDirectory.open(path).close());
        }
        try (ServiceIdentity identity = identity("one"); RegionDirectory regions = open(identity)) {
            assertEquals(path, regions.path());
            assertTrue(Files.exists(path.resolve("kept")));
        }
    }

    @Test
    void sweepsWhatNobodyOwns() throws IOException {
        final Path parent = directory.resolve("regions");
        final Path orphan;
        final Path foreign = Files.createDirectories(parent.resolve("foreign"));
        final Path marked = Files.createDirectories(parent.resolve("marked"));
        Files.write(foreign.resolve("owner"), List.of("somebody", "/nowhere"));
        Files.write(marked.resolve("owner"), List.of("truenow regions of", directory.resolve("nowhere").toString()));
        try (ServiceIdentity identity = identity("one"); RegionDirectory regions = open(identity)) {
            orphan = regions.path();
            Files.createDirectories(orphan.resolve("lane-0"));
            Files.writeString(orphan.resolve("lane-0/region-000.mem"), "rows", StandardCharsets.US_ASCII);
        }
        delete(directory.resolve("one"));
        // a node that lives is spared even if its data directory has been deleted under it
        try (ServiceIdentity living = identity("living"); RegionDirectory livingRegions = open(living)) {
            delete(directory.resolve("living"));
            assertFalse(Files.exists(orphan));
            try (ServiceIdentity identity = identity("other"); RegionDirectory regions = open(identity)) {
                assertNotEquals(orphan, regions.path());
                assertTrue(Files.exists(livingRegions.path().resolve("owner")));
            }
        }
        assertFalse(Files.exists(marked));
        assertTrue(Files.exists(foreign));
    }

    @Test
    void leavesAloneWhatItCannotRead() throws IOException {
        final Path parent = Files.createDirectories(directory.resolve("regions"));
        final String mark = "truenow regions of\n";
        // a path in another encoding, one that lost characters on its way into the file, one that names no file, and no text at all
        final List<byte[]> owners = List.of((mark + "/nowhere/d\u00fc\n").getBytes(StandardCharsets.ISO_8859_1),
            (mark + "/nowhere/d\ufffd\n").getBytes(StandardCharsets.UTF_8), (mark + "/nowhere/\u0000\n").getBytes(StandardCharsets.UTF_8),
            new byte[] {0, -1, 17});
        for (int i = 0; i < owners.size(); i++) {
            Files.write(Files.createDirectories(parent.resolve("neighbour-" + i)).resolve("owner"), owners.get(i));
        }
        final Path umlaut = Files.createDirectories(parent.resolve("gone"));
        Files.writeString(umlaut.resolve("owner"), mark + directory.resolve("d\u00fc") + '\n', StandardCharsets.UTF_8);
        try (ServiceIdentity identity = identity("one"); RegionDirectory regions = open(identity)) {
            assertTrue(Files.exists(regions.path()));
        }
        for (int i = 0; i < owners.size(); i++) {
            assertTrue(Files.exists(parent.resolve("neighbour-" + i).resolve("owner")), "neighbour-" + i + " is gone");
        }
        assertFalse(Files.exists(umlaut));
    }

    @Test
    void sweepsItsOwnOfAnotherKey() throws IOException {
        final Path former;
        try (ServiceIdentity identity = identity("one"); RegionDirectory regions = open(identity)) {
            former = regions.path();
        }
        delete(directory.resolve("one"));
        try (ServiceIdentity identity = identity("one"); RegionDirectory regions = open(identity)) {
            assertNotEquals(former, regions.path());
            assertFalse(Files.exists(former));
        }
    }

    @Test
    void saysWhatIsInTheWay() throws IOException {
        Files.writeString(directory.resolve("regions"), "a file", StandardCharsets.US_ASCII);
        try (ServiceIdentity identity = identity("one")) {
            final String message = assertThrows(IllegalStateException.class, () -> open(identity).close()).getMessage();
            assertTrue(message.startsWith("cannot use " + directory.resolve("regions") + " for memory regions: "), message);
            assertTrue(message.endsWith("set hot-tier.region-directory"), message);
        }
    }

    @Test
    void refusesWhatTakesNoSmallFiles() throws Exception {
        final Path huge = Files.createDirectories(directory.resolve("regions"));
        Mounts.hugetlbfs(huge);
        try (ServiceIdentity identity = identity("one")) {
            final String message = assertThrows(IllegalStateException.class, () -> open(identity).close()).getMessage();
            assertTrue(message.startsWith("hot-tier.region-directory is on hugetlbfs"), message);
        } finally {
            Mounts.remove(huge);
        }
    }

    private ServiceIdentity identity(final String name) {
        return ServiceIdentity.open(directory.resolve(name));
    }

    private RegionDirectory open(final ServiceIdentity identity) {
        return RegionDirectory.open(directory.resolve("regions"), identity);
    }

    private static void delete(final Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
