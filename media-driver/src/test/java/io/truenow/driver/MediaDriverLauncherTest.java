package io.truenow.driver;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.FragmentHandler;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.agent.PromptThreads;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.process.DataDirectory;
import io.truenow.testing.Await;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MediaDriverLauncherTest {
    private static final int BATCH_BYTES = 60 * 1024;
    @TempDir
    private Path directory;
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final AtomicReference<MediaDriverException> lost = new AtomicReference<>();

    private MediaDriverLauncher launch(final String... assignments) {
        return MediaDriverLauncher.launch(new MediaDriverLauncher.Context(
            config(assignments), directory, errors::add, lost::set, PromptThreads.AS_OTHERS, Doorbell.NONE, false, () -> false));
    }

    private static DriverConfig config(final String... assignments) {
        final ConfigLoader.Builder builder = ConfigLoader.ofSections("driver");
        for (final String assignment : assignments) {
            builder.set(assignment);
        }
        return builder.load().bind("driver", DriverConfig.class);
    }

    @Test
    void carriesABatchInOneFrame() throws IOException {
        final AtomicCounter counter;
        final Path driverDirectory;
        try (MediaDriverLauncher driver = launch()) {
            final Aeron aeron = driver.connect("test");
            driverDirectory = driver.directory();
            final ProcessMetrics metrics = ProcessMetrics.over(aeron);
            counter = metrics.counter("truenow_test_batches_total", "Batches.", "lane", "0");
            final PeerChannels channels = driver.channels();
            try (Subscription subscription = aeron.addSubscription("aeron:ipc", 7);
                ExclusivePublication publication = aeron.addExclusivePublication(channels.ipc(), 7)) {
                final UnsafeBuffer batch = new UnsafeBuffer(new byte[BATCH_BYTES]);
                Await.until("sent", () -> publication.offer(batch) > 0);
                final int[] lengths = new int[1];
                final FragmentHandler handler = (buffer, offset, length, header) -> {
                    lengths[0] = length;
                    counter.increment();
                };
                Await.until("received", () -> subscription.poll(handler, 1) > 0);
                assertEquals(BATCH_BYTES, lengths[0]);
            }
            final ByteArrayOutputStream text = new ByteArrayOutputStream();
            metrics.expose(text);
            final String exposed = text.toString(StandardCharsets.UTF_8);
            assertTrue(exposed.contains("truenow_test_batches_total{lane=\"0\"} 1.0\n"), exposed);
            assertTrue(exposed.contains("\naeron_bytes_sent "), exposed);
            assertTrue(aeron.countersReader().getCounterLabel(counter.id()).contains("truenow_test_batches_total lane=0"));
            assertEquals(List.of(), DriverDirectory.errors(driverDirectory));
        }
        // a counter may outlive its driver
        counter.increment();
        assertEquals(2, counter.get());
        assertFalse(Files.exists(driverDirectory));
        assertEquals(List.of(), errors);
        assertNull(lost.get());
    }

    @Test
    void startsOverWhatAKilledProcessLeft() throws IOException {
        final Path left = DriverDirectory.defaultFor(directory);
        final long formerId;
        try (MediaDriverLauncher former = launch("driver.keep-directory=true")) {
            formerId = former.driverId();
            assertEquals(left, former.directory());
        }
        assertTrue(Files.exists(left));
        Files.writeString(left.resolve("garbage"), "left");
        try (MediaDriverLauncher next = launch()) {
            assertNotEquals(formerId, next.driverId());
            assertFalse(Files.exists(left.resolve("garbage")));
        }
    }

    @Test
    void sweepsDriversWhoseProcessIsGone() throws IOException {
        final Path parent = Files.createDirectory(directory.resolve("parent"));
        final Path own = driverLike(parent, "000000000001", "owner.lock");
        final Path gone = driverLike(parent, "000000000002", "owner.lock");
        final Path kept = driverLike(parent, "000000000003", "owner.lock", "kept");
        final Path beingMade = driverLike(parent, "000000000004");
        final Path others = driverLike(parent, "somebody-else", "owner.lock");
        try (DataDirectory held = DataDirectory.open(driverLike(parent, "000000000005"))) {
            AbandonedDrivers.sweep(parent, own);
            assertTrue(Files.exists(held.path().resolve("cnc.dat")));
        }
        assertFalse(Files.exists(gone));
        for (final Path left : List.of(own, kept, beingMade, others)) {
            assertTrue(Files.exists(left.resolve("cnc.dat")), left.toString());
        }
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(5, left.count(), "something else is left");
        }
    }

    private static Path driverLike(final Path parent, final String suffix, final String... files) throws IOException {
        final Path made = Files.createDirectory(parent.resolve("truenow-" + System.getProperty("user.name") + '-' + suffix));
        Files.write(made.resolve("cnc.dat"), new byte[16]);
        Files.createDirectory(made.resolve("publications"));
        for (final String file : files) {
            Files.write(made.resolve(file), new byte[0]);
        }
        return made;
    }

    @Test
    void attachesToAnotherProcessDriver() {
        final Path shared = directory.resolve("shared");
        try (MediaDriverLauncher driver = launch("driver.directory=" + shared)) {
            try (MediaDriverLauncher attached = launch("driver.mode=attached", "driver.directory=" + shared)) {
                final Aeron aeron = attached.connect("b");
                assertEquals(driver.driverId(), attached.driverId());
                assertFalse(aeron.isClosed());
            }
            final MediaDriverException refused = assertThrows(MediaDriverException.class, () -> launch("driver.directory=" + shared));
            assertTrue(refused.getMessage().contains("driver.mode: attached") && refused.getMessage().contains(shared.toString()));
        }
    }

    @Test
    void aClientMayBeSilentForLong() {
        try (MediaDriverLauncher driver = launch("driver.client-liveness=1h")) {
            assertFalse(driver.connect("patient").isClosed());
        }
    }

    @Test
    void waitsForADriverWhoseFileIsNotWrittenYet() throws IOException {
        final Path starting = Files.createDirectory(directory.resolve("starting"));
        Files.write(starting.resolve("cnc.dat"), new byte[4096]);
        assertTrue(assertThrows(MediaDriverException.class, () -> launch("driver.mode=attached", "driver.directory=" + starting,
            "driver.timeout=100ms")).getMessage().startsWith("no media driver is active in "));
    }

    @Test
    void tellsWhenTheDriverIsLost() {
        final Path shared = directory.resolve("shared");
        final MediaDriverLauncher driver = launch("driver.directory=" + shared);
        try (MediaDriverLauncher attached = launch("driver.mode=attached", "driver.directory=" + shared, "driver.timeout=2s")) {
            final Aeron aeron = attached.connect("b");
            final AtomicCounter counter = ProcessMetrics.over(aeron).counter("truenow_test_total", "Test.");
            driver.close();
            Await.until("told", () -> lost.get() != null);
            Await.until("client closed", aeron::isClosed);
            counter.increment();
            // one line says it, no stack traces of each of Aeron's threads
            assertEquals("the media driver is lost: it gives no sign of life", lost.get().getMessage());
            assertEquals(List.of(), errors);
        }
    }

    /** A start finds a mistake soon; a process that had a driver waits for the next one. */
    @Test
    void waitsForAnotherDriverAfterALoss() throws InterruptedException {
        final Path shared = directory.resolve("shared");
        final AtomicReference<MediaDriverLauncher> attached = new AtomicReference<>();
        final Thread waiting = Thread.ofPlatform().start(() -> attached.set(MediaDriverLauncher.launch(new MediaDriverLauncher.Context(
            config("driver.mode=attached", "driver.directory=" + shared, "driver.timeout=100ms"), directory, errors::add, lost::set,
            PromptThreads.AS_OTHERS, Doorbell.NONE, true, () -> false))));
        // files of a driver that was killed
        launch("driver.directory=" + shared, "driver.keep-directory=true").close();
        try (MediaDriverLauncher driver = launch("driver.directory=" + shared)) {
            waiting.join();
            try (MediaDriverLauncher launcher = attached.get()) {
                assertEquals(driver.driverId(), launcher.driverId());
                assertFalse(launcher.connect("b").isClosed());
            }
        }
        assertEquals(List.of(), errors);
    }

    @Test
    void saysWhatIsMissing() {
        assertEquals("no media driver is active in " + directory.resolve("none")
                + ": start one there (truenow start --role media-driver), or set driver.mode: embedded",
            assertThrows(MediaDriverException.class, () -> launch("driver.mode=attached", "driver.directory=" + directory.resolve("none"),
                "driver.timeout=100ms")).getMessage());
        final String message = assertThrows(MediaDriverException.class, () -> launch("driver.required-room=100000TiB")).getMessage();
        assertTrue(message.matches("too little room for the media driver's buffers in .*: .* are free, 100000TiB are needed .*"), message);
        for (final String invalid : List.of("driver.term-length=3MiB", "driver.udp-mtu=1400", "driver.mode=none",
            "driver.directory=/tmp/mühle")) {
            final String refusal = assertThrows(ConfigException.class, () -> config(invalid)).getMessage();
            assertTrue(refusal.contains(invalid.substring(0, invalid.indexOf('='))), refusal);
        }
    }

    @Test
    void readsTheDriversOwnErrorLog() {
        try (MediaDriverLauncher driver = launch()) {
            final Aeron aeron = driver.connect("test");
            assertThrows(RegistrationException.class, () -> aeron.addSubscription("aeron:udp?endpoint=no.such.host.invalid:1", 1));
            Await.until("logged", () -> !DriverDirectory.errors(driver.directory()).isEmpty());
            assertFalse(errors.isEmpty());
            assertNull(lost.get());
        }
    }
}
