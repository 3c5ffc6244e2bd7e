package io.truenow.driver;

import io.aeron.CncFileDescriptor;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongSupplier;

/**
 * The time of another process' media driver, for the epoch clock of its clients: the driver's last sign of life, and what this process has
 * lived since it saw that. Driver and client then measure each other's silence each by its own running time: neither a step of the wall
 * clock nor a pause of the one makes the other look dead a moment later. Any thread.
 */
public final class DriverClock implements EpochClock {
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final LongSupplier signOfLifeMs;
    private final NanoClock nanoClock;
    private long lastMs;
    private long lastNs;

    /**
     * A clock that follows a driver.
     *
     * @param signOfLifeMs the driver's last one, by its own clock; 0 or less for none.
     * @param nanoClock    of this process.
     */
    DriverClock(final LongSupplier signOfLifeMs, final NanoClock nanoClock) {
        this.signOfLifeMs = signOfLifeMs;
        this.nanoClock = nanoClock;
        this.lastMs = signOfLifeMs.getAsLong();
        this.lastNs = nanoClock.nanoTime();
    }

    /**
     * Of the driver in a directory.
     *
     * @return null where no driver has made its files yet.
     */
    public static DriverClock in(final Path directory, final NanoClock nanoClock) {
        final Path cncFile = directory.resolve(CncFileDescriptor.CNC_FILE);
        try (FileChannel file = Files.exists(cncFile) ? FileChannel.open(cncFile, StandardOpenOption.READ) : null) {
            if (file == null || file.size() <= CncFileDescriptor.META_DATA_LENGTH) {
                return null;
            }
            final MappedByteBuffer cnc = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
            final UnsafeBuffer metaData = CncFileDescriptor.createMetaDataBuffer(cnc);
            if (metaData.getIntVolatile(CncFileDescriptor.cncVersionOffset(0)) == 0
                || !CncFileDescriptor.isCncFileLengthSufficient(metaData, cnc.capacity())) {
                return null;
            }
            final ManyToOneRingBuffer commands = new ManyToOneRingBuffer(CncFileDescriptor.createToDriverBuffer(cnc, metaData));
            return new DriverClock(commands::consumerHeartbeatTime, nanoClock);
        } catch (final IOException e) {
            return null;
        }
    }

    @Override
    public synchronized long time() {
        final long signMs = signOfLifeMs.getAsLong();
        final long nowNs = nanoClock.nanoTime();
        // a driver that ends takes its sign of life back: time goes on, so that its clients see that it is gone
        if (signMs != lastMs && signMs > 0) {
            lastMs = signMs;
            lastNs = nowNs;
        }
        return lastMs + (nowNs - lastNs) / NANOS_PER_MILLI;
    }

    /** The driver's last sign of life by its own clock: it lives as long as that changes, about once a second. */
    long signOfLifeMs() {
        return signOfLifeMs.getAsLong();
    }
}
