package io.truenow.fabric.time;

import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemEpochMicroClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The wall time of a process: what people call the time, which may be wrong and may step either way. All of our code reads it here, so that
 * a test can give a real process a wrong clock and step it. Intervals and deadlines are no business of it: they go by
 * {@link ProcessClock}. Any thread; allocates nothing.
 *
 * <p>The system property {@link #OFFSET_PROPERTY}, for tests only, says by how much it differs from the machine's clock: a number of
 * microseconds, or {@code @} and the path of a file with that number as a little-endian {@code int64}, read whenever the time is.
 */
@SuppressForbidden
public final class WallClock implements EpochClock, EpochMicroClock {
    /** Name of the system property, which is no part of the configuration. */
    public static final String OFFSET_PROPERTY = "truenow.test.wall-clock-offset";

    /** The process' own. */
    public static final WallClock INSTANCE = of(System.getProperty(OFFSET_PROPERTY));

    private static final long MICROS_PER_MILLI = 1_000;

    private final EpochMicroClock machine = new SystemEpochMicroClock();
    private final long fixedOffsetUs;
    /** Null, or holds what is added to the fixed one. */
    private final UnsafeBuffer offsetUs;

    private WallClock(final long fixedOffsetUs, final UnsafeBuffer offsetUs) {
        this.fixedOffsetUs = fixedOffsetUs;
        this.offsetUs = offsetUs;
    }

    /** A clock that is off as the property's value says; null for not at all. */
    static WallClock of(final String offset) {
        if (offset == null) {
            return new WallClock(0, null);
        }
        return offset.startsWith("@") ? new WallClock(0, map(Path.of(offset.substring(1)))) : new WallClock(Long.parseLong(offset), null);
    }

    /** Milliseconds since the Unix epoch. */
    @Override
    public long time() {
        return offsetUs == null && fixedOffsetUs == 0 ? SystemEpochClock.INSTANCE.time() : Math.floorDiv(microTime(), MICROS_PER_MILLI);
    }

    /** Microseconds since the Unix epoch. */
    @Override
    public long microTime() {
        return machine.microTime() + offsetUs();
    }

    /** By how much it differs from the machine's clock: 0 but in tests. */
    public long offsetUs() {
        return fixedOffsetUs + (offsetUs == null ? 0 : offsetUs.getLongVolatile(0));
    }

    private static UnsafeBuffer map(final Path file) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("the offset of the wall clock is little-endian, this machine is not");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, Long.BYTES));
        } catch (final IOException e) {
            throw new UncheckedIOException(OFFSET_PROPERTY + ": cannot read " + file, e);
        }
    }
}
