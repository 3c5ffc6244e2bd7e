package io.truenow.fabric.process;

import org.agrona.CloseHelper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.zip.CRC32C;

/**
 * Who a service is: a random key for its lifetime, kept in its directory, and an incarnation that grows with each start and is on disk
 * before anybody sees it. Once the catalog has given it an id that is kept too, so that it can start while control is away. Holds the
 * directory's lock. Opened by the launching thread; {@link #rememberServiceId} belongs to one thread, the accessors to any.
 *
 * <p>The file has 48 bytes, big-endian: magic, format (int32 each), key (2 int64), incarnation (int64), service id (int32), reserved
 * (int32), CRC-32C of what is before it (int64). It is written beside, forced, and renamed into place: after a crash there is the old one
 * or the new.
 */
public final class ServiceIdentity implements AutoCloseable {
    /** {@link #serviceId} as long as the catalog has not given one. */
    public static final int UNKNOWN_SERVICE_ID = -1;

    private static final String FILE = "identity";
    private static final int MAGIC = 0x544e4944;
    private static final int FORMAT = 1;
    private static final int CHECKED_BYTES = 40;
    private static final int FILE_BYTES = CHECKED_BYTES + Long.BYTES;

    private final DataDirectory directory;
    private final long instanceKeyHigh;
    private final long instanceKeyLow;
    private final long incarnation;
    private volatile int serviceId;

    private ServiceIdentity(final DataDirectory directory, final Stored former) {
        this.directory = directory;
        this.instanceKeyHigh = former.instanceKeyHigh;
        this.instanceKeyLow = former.instanceKeyLow;
        this.incarnation = former.incarnation + 1;
        this.serviceId = former.serviceId;
    }

    /**
     * Takes the directory and begins the next incarnation.
     *
     * @throws DataDirectoryException if the directory is another process', cannot be written, or holds a damaged identity.
     */
    public static ServiceIdentity open(final Path directory) {
        final DataDirectory owned = DataDirectory.open(directory);
        try {
            final Path file = owned.path().resolve(FILE);
            final ServiceIdentity identity = new ServiceIdentity(owned, Files.exists(file) ? read(file) : Stored.random());
            identity.write();
            return identity;
        } catch (final IOException e) {
            CloseHelper.quietClose(owned);
            throw new DataDirectoryException("cannot keep the identity in directory " + owned.path() + ": " + e.getMessage(), e);
        } catch (final DataDirectoryException e) {
            CloseHelper.quietClose(owned);
            throw e;
        }
    }

    public long instanceKeyHigh() {
        return instanceKeyHigh;
    }

    public long instanceKeyLow() {
        return instanceKeyLow;
    }

    /** 1 for the first start, then one more with each. */
    public long incarnation() {
        return incarnation;
    }

    /** The catalog's id for this service, or {@link #UNKNOWN_SERVICE_ID}. */
    public int serviceId() {
        return serviceId;
    }

    /** The service's directory. */
    public Path directory() {
        return directory.path();
    }

    /** Keeps the catalog's id. Waits for the disk, when the id is new. */
    public void rememberServiceId(final int id) {
        final int former = serviceId;
        if (id != former) {
            serviceId = id;
            try {
                write();
            } catch (final IOException e) {
                // not kept: who asks again must have it written
                serviceId = former;
                throw new DataDirectoryException("cannot keep the identity in directory " + directory.path() + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() {
        directory.close();
    }

    private void write() throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(FILE_BYTES);
        bytes.putInt(MAGIC).putInt(FORMAT).putLong(instanceKeyHigh).putLong(instanceKeyLow).putLong(incarnation);
        bytes.putInt(serviceId).putInt(0);
        bytes.putLong(checksum(bytes.array()));
        AtomicFile.replace(directory.path().resolve(FILE), bytes.array());
    }

    private static Stored read(final Path file) throws IOException {
        final byte[] content = Files.readAllBytes(file);
        final ByteBuffer bytes = ByteBuffer.wrap(content);
        if (content.length != FILE_BYTES || bytes.getLong(CHECKED_BYTES) != checksum(content)
            || bytes.getInt() != MAGIC || bytes.getInt() != FORMAT) {
            throw new DataDirectoryException("file " + file + " is damaged: restore it, or move the directory away to begin anew", null);
        }
        return new Stored(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getInt());
    }

    private static long checksum(final byte[] content) {
        final CRC32C crc = new CRC32C();
        crc.update(content, 0, CHECKED_BYTES);
        return crc.getValue();
    }

    private record Stored(long instanceKeyHigh, long instanceKeyLow, long incarnation, int serviceId) {
        static Stored random() {
            final SecureRandom random = new SecureRandom();
            return new Stored(random.nextLong(), random.nextLong(), 0, UNKNOWN_SERVICE_ID);
        }
    }
}
