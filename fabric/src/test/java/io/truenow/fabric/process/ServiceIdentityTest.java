package io.truenow.fabric.process;

import io.truenow.testing.Await;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ServiceIdentityTest {
    @TempDir
    private Path directory;

    @Test
    void keepsItsKeyAndCountsIncarnations() throws IOException {
        final long high;
        final long low;
        try (ServiceIdentity first = ServiceIdentity.open(directory.resolve("a/b"))) {
            assertEquals(1, first.incarnation());
            assertEquals(ServiceIdentity.UNKNOWN_SERVICE_ID, first.serviceId());
            high = first.instanceKeyHigh();
            low = first.instanceKeyLow();
            first.rememberServiceId(7);
            assertEquals(7, first.serviceId());
        }
        for (int incarnation = 2; incarnation < 10; incarnation++) {
            try (ServiceIdentity next = ServiceIdentity.open(directory.resolve("a/b"))) {
                assertEquals(incarnation, next.incarnation());
                assertEquals(high, next.instanceKeyHigh());
                assertEquals(low, next.instanceKeyLow());
                assertEquals(7, next.serviceId());
            }
        }
        try (ServiceIdentity other = ServiceIdentity.open(directory.resolve("c"))) {
            assertNotEquals(high, other.instanceKeyHigh());
            assertNotEquals(low, other.instanceKeyLow());
            assertEquals(directory.resolve("c").toRealPath(), other.directory());
        }
    }

    /** An id that the disk had no room for is written when it is told again. */
    @Test
    void anIdThatCouldNotBeKeptIsNotTakenForKept() throws IOException {
        final Path inTheWay = directory.resolve("identity.new");
        try (ServiceIdentity identity = ServiceIdentity.open(directory)) {
            Files.createDirectory(inTheWay);
            assertThrows(DataDirectoryException.class, () -> identity.rememberServiceId(7));
            assertThrows(DataDirectoryException.class, () -> identity.rememberServiceId(7));
            assertEquals(ServiceIdentity.UNKNOWN_SERVICE_ID, identity.serviceId());
            Files.delete(inTheWay);
            identity.rememberServiceId(7);
        }
        try (ServiceIdentity next = ServiceIdentity.open(directory)) {
            assertEquals(7, next.serviceId());
        }
    }

    /** The same process may try again when what was in the way is gone. */
    @Test
    void aStartThatFailsLetsGoOfTheDirectory() throws IOException {
        final Path inTheWay = directory.resolve("identity.new");
        Files.createDirectory(inTheWay);
        assertThrows(DataDirectoryException.class, () -> ServiceIdentity.open(directory));
        Files.delete(inTheWay);
        try (ServiceIdentity identity = ServiceIdentity.open(directory)) {
            assertEquals(1, identity.incarnation());
        }
    }

    @Test
    void survivesATornWrite() throws IOException {
        final RandomGenerator random = Seeds.random("ServiceIdentityTest");
        ServiceIdentity.open(directory).close();
        final byte[] whole = Files.readAllBytes(directory.resolve("identity"));
        for (int length = 0; length <= whole.length; length++) {
            // a crash before the rename leaves any part of the new file, or garbage
            final byte[] torn = Arrays.copyOf(whole, length);
            if (length % 2 == 0) {
                random.nextBytes(torn);
            }
            Files.write(directory.resolve("identity.new"), torn);
            try (ServiceIdentity identity = ServiceIdentity.open(directory)) {
                assertEquals(length + 2, identity.incarnation());
            }
        }
    }

    /** Who writes into the file that is there loses it when the machine stops in between. */
    @Test
    void theFormerFileStaysAsItWas() throws IOException {
        ServiceIdentity.open(directory).close();
        final Path former = Files.createLink(directory.resolve("former"), directory.resolve("identity"));
        final byte[] before = Files.readAllBytes(former);
        try (ServiceIdentity next = ServiceIdentity.open(directory)) {
            assertArrayEquals(before, Files.readAllBytes(former));
            final Path second = Files.createLink(directory.resolve("second"), directory.resolve("identity"));
            final byte[] withoutId = Files.readAllBytes(second);
            next.rememberServiceId(7);
            assertArrayEquals(withoutId, Files.readAllBytes(second));
        }
        assertFalse(Arrays.equals(before, Files.readAllBytes(directory.resolve("identity"))));
    }

    @Test
    void refusesADamagedFile() throws IOException {
        ServiceIdentity.open(directory).close();
        final byte[] whole = Files.readAllBytes(directory.resolve("identity"));
        for (int i = 0; i < whole.length; i++) {
            final byte[] damaged = whole.clone();
            damaged[i] ^= 0x10;
            Files.write(directory.resolve("identity"), damaged);
            final String message = assertThrows(DataDirectoryException.class, () -> ServiceIdentity.open(directory)).getMessage();
            assertTrue(message.contains("is damaged"), message);
        }
        Files.write(directory.resolve("identity"), whole);
        ServiceIdentity.open(directory).close();
    }

    @Test
    void hasOneOwner() {
        try (ServiceIdentity owner = ServiceIdentity.open(directory)) {
            final String message = assertThrows(DataDirectoryException.class, () -> DataDirectory.open(directory)).getMessage();
            assertTrue(message.contains(directory.toString()) && message.contains("in use") && message.contains("pid"), message);
            assertEquals(1, owner.incarnation());
        }
        DataDirectory.open(directory).close();
    }

    @Test
    void isFreeAgainAfterItsOwnerWasKilled() throws IOException {
        final Process owner = new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(), "-cp", System.getProperty("java.class.path"),
            Owner.class.getName(), directory.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            assertEquals('+', owner.getInputStream().read());
            final String message = assertThrows(DataDirectoryException.class, () -> ServiceIdentity.open(directory)).getMessage();
            assertTrue(message.contains("(pid " + owner.pid() + ')'), message);
        } finally {
            owner.destroyForcibly();
        }
        Await.until("owner has ended", () -> !owner.isAlive());
        try (ServiceIdentity next = ServiceIdentity.open(directory)) {
            assertEquals(2, next.incarnation());
        }
    }

    @Test
    void saysWhyADirectoryCannotBeUsed() throws IOException {
        final Path file = Files.createFile(directory.resolve("file"));
        assertEquals("cannot write to directory " + file + ": it is not a directory",
            assertThrows(DataDirectoryException.class, () -> DataDirectory.open(file)).getMessage());
        final String message = assertThrows(DataDirectoryException.class, () -> DataDirectory.open(Path.of("/proc/nothing"))).getMessage();
        assertTrue(message.startsWith("cannot write to directory /proc/nothing: "), message);
    }

    /** Another process. */
    static final class Owner {
        private Owner() {
        }

        public static void main(final String[] args) throws IOException {
            final ServiceIdentity identity = ServiceIdentity.open(Path.of(args[0]));
            new FileOutputStream(FileDescriptor.out).write('+');
            System.in.read();
            identity.close();
        }
    }
}
