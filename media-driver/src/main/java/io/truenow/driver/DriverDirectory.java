package io.truenow.driver;

import io.aeron.CncFileDescriptor;
import io.aeron.CommonContext;
import io.truenow.fabric.error.ErrorEntry;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What can be said of a media driver by its directory, from any process. Stateless. */
public final class DriverDirectory {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final int HASH_CHARACTERS = 12;

    private DriverDirectory() {
    }

    /** Where the driver of the process that owns a data directory keeps its buffers: shared memory where there is any. */
    public static Path defaultFor(final Path dataDirectory) {
        final String hash = HexFormat.of().formatHex(sha256(dataDirectory.toAbsolutePath().normalize().toString()));
        return defaultParent().resolve(defaultPrefix() + hash.substring(0, HASH_CHARACTERS));
    }

    static Path defaultParent() {
        return Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Of the name of this user's drivers; a hash of the data directory follows. */
    static String defaultPrefix() {
        return "truenow-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9._-]", "_") + '-';
    }

    /**
     * A number of the running driver: the same for every process of the host that shares it, another for any other driver, also for the
     * next one in the same directory.
     */
    public static long driverId(final Path directory) {
        try {
            final Path cncFile = directory.resolve(CncFileDescriptor.CNC_FILE).toRealPath();
            final UnsafeBuffer metaData = CncFileDescriptor.createMetaDataBuffer(map(cncFile));
            // containers may see the same path and boot: the file itself tells them apart
            final String driver = String.join("|", bootId(), cncFile.toString(),
                String.valueOf(Files.readAttributes(cncFile, BasicFileAttributes.class).fileKey()),
                Long.toString(CncFileDescriptor.startTimestampMs(metaData)));
            return ByteBuffer.wrap(sha256(driver)).getLong();
        } catch (final IOException e) {
            throw new UncheckedIOException("no media driver in " + directory, e);
        }
    }

    /** The driver's own error log; empty if there is no driver. */
    public static List<ErrorEntry> errors(final Path directory) {
        final Path cncFile = directory.resolve(CncFileDescriptor.CNC_FILE);
        try {
            return Files.exists(cncFile) ? ErrorEntry.read(cncFile.toString(), CommonContext.errorLogBuffer(map(cncFile))) : List.of();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Process id of the driver that is or was here, or 0. */
    static long pid(final Path directory) {
        try {
            final Path cncFile = directory.resolve(CncFileDescriptor.CNC_FILE);
            return Files.exists(cncFile) && Files.size(cncFile) > CncFileDescriptor.META_DATA_LENGTH
                ? CncFileDescriptor.pid(CncFileDescriptor.createMetaDataBuffer(map(cncFile))) : 0;
        } catch (final IOException e) {
            return 0;
        }
    }

    static long freeBytes(final Path directory) {
        Path existing = directory.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return Files.getFileStore(existing).getUsableSpace();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MappedByteBuffer map(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
    }

    private static String bootId() throws IOException {
        return Files.isReadable(BOOT_ID) ? Files.readString(BOOT_ID).strip() : "";
    }

    private static byte[] sha256(final String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
