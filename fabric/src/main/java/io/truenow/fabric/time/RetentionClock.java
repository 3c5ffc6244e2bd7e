package io.truenow.fabric.time;

import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The time by which what is held grows old. It is the wall clock's, unless that leaps ahead: a clock that is hours wrong would have rows
 * and journal files go that are still wanted, and nothing brings them back. A leap of more than {@link #LEAP}, while the process runs or
 * since it last ran, is not believed until it has lasted; meanwhile this time goes on at its own pace from where it was, so things are held
 * longer than they must be. A clock that goes back is believed at once: by it nothing goes.
 *
 * <p>The last time is kept in a mapped file, so it outlives the process. One thread calls {@link #update}, any may read.
 *
 * <pre>
 *   int64 magic, int64 microseconds since the Unix epoch, 0 for none. Little-endian
 * </pre>
 */
public final class RetentionClock implements EpochMicroClock, AutoCloseable {
    /** What the wall clock may gain on the time that has passed without being suspected. */
    public static final Duration LEAP = Duration.ofHours(2);

    private static final Logger LOGGER = LoggerFactory.getLogger(RetentionClock.class);
    private static final String FILE = "retention-clock";
    private static final long MAGIC = 0x3130_4b4c_434e_5254L;
    private static final int TIME_AT = Long.BYTES;
    private static final int FILE_BYTES = 2 * Long.BYTES;
    private static final long LEAP_US = LEAP.toNanos() / 1_000;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long NOT_SUSPECTED = Long.MIN_VALUE;

    private final String owner;
    private final UnsafeBuffer kept;
    private final EpochMicroClock wallClock;
    private final NanoClock nanoClock;
    private final long believeAfterNs;
    /** It was this time at that moment. */
    private long baseUs;
    private long baseNs;
    private long suspectedSinceNs = NOT_SUSPECTED;
    private volatile long timeUs;
    private volatile long leapUs;

    private RetentionClock(
        final String owner, final UnsafeBuffer kept, final EpochMicroClock wallClock, final NanoClock nanoClock,
        final Duration believeAfter) {
        this.owner = owner;
        this.kept = kept;
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
        this.believeAfterNs = believeAfter.toNanos();
        this.baseNs = nanoClock.nanoTime();
        final long keptUs = kept.getLong(0, ByteOrder.LITTLE_ENDIAN) == MAGIC ? kept.getLong(TIME_AT, ByteOrder.LITTLE_ENDIAN) : 0;
        this.baseUs = keptUs > 0 ? keptUs : wallClock.microTime();
        kept.putLong(TIME_AT, baseUs, ByteOrder.LITTLE_ENDIAN);
        kept.putLong(0, MAGIC, ByteOrder.LITTLE_ENDIAN);
        update();
    }

    /**
     * Opens the clock of a service.
     *
     * @param owner        for messages.
     * @param directory    of the service, which holds its lock.
     * @param believeAfter for so long a leap has to last; zero: it is believed at once.
     * @throws UncheckedIOException if its file cannot be had.
     */
    public static RetentionClock open(
        final String owner, final Path directory, final EpochMicroClock wallClock, final NanoClock nanoClock,
        final Duration believeAfter) {
        final Path file = directory.resolve(FILE);
        try (FileChannel channel = FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (Files.size(file) < FILE_BYTES) {
                // written, not only mapped: a full disk is told here, and not by a signal later
                channel.write(ByteBuffer.allocate(FILE_BYTES), 0);
            }
            final UnsafeBuffer kept = new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES));
            return new RetentionClock(owner, kept, wallClock, nanoClock, believeAfter);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot use " + file + ": " + e.getMessage(), e);
        }
    }

    /** Microseconds since the Unix epoch, as of the last update. */
    @Override
    public long microTime() {
        return timeUs;
    }

    /** By how much the wall clock has leapt ahead of it, in microseconds; 0 while the two are one. */
    public long leapUs() {
        return leapUs;
    }

    /** For status pages. */
    public Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("retention_time_us", timeUs);
        status.put("suspected_leap_seconds", TimeUnit.MICROSECONDS.toSeconds(leapUs));
        return status;
    }

    /** Follows the clocks; often, by one thread. */
    public void update() {
        final long nowNs = nanoClock.nanoTime();
        final long wallUs = wallClock.microTime();
        final long expectedUs = baseUs + (nowNs - baseNs) / NANOS_PER_MICRO;
        final long aheadUs = wallUs - expectedUs;
        if (aheadUs > LEAP_US && !isBelieved(nowNs, wallUs, expectedUs)) {
            leapUs = aheadUs;
            timeUs = expectedUs;
        } else {
            if (suspectedSinceNs != NOT_SUSPECTED) {
                suspectedSinceNs = NOT_SUSPECTED;
                tellTheEnd(aheadUs, wallUs);
            } else if (aheadUs < -LEAP_US) {
                LOGGER.warn("{}: the wall clock has gone back by {}, to {}. That is believed: what is held stays longer, and events are "
                    + "accepted by it", owner, text(-aheadUs), Instant.ofEpochMilli(wallUs / 1_000));
            }
            leapUs = 0;
            baseUs = wallUs;
            baseNs = nowNs;
            timeUs = wallUs;
        }
        kept.putLong(TIME_AT, timeUs, ByteOrder.LITTLE_ENDIAN);
    }

    /** Makes the last time durable. It stays mapped: an agent that ends late must not take the process down. */
    @Override
    public void close() {
        if (kept.byteBuffer() instanceof MappedByteBuffer mapped) {
            mapped.force();
        }
    }

    private boolean isBelieved(final long nowNs, final long wallUs, final long expectedUs) {
        if (suspectedSinceNs == NOT_SUSPECTED && believeAfterNs > 0) {
            suspectedSinceNs = nowNs;
            LOGGER.warn("{}: the wall clock has leapt ahead by {}, from {} to {}, while the process ran or since it ran last. Is it right? "
                    + "Nothing grows old by the leap before it has lasted for {}; clock-leap-after: 0s believes it at once", owner,
                text(wallUs - expectedUs), Instant.ofEpochMilli(expectedUs / 1_000), Instant.ofEpochMilli(wallUs / 1_000),
                text(believeAfterNs / NANOS_PER_MICRO));
        }
        return believeAfterNs == 0 || nowNs - suspectedSinceNs >= believeAfterNs;
    }

    private void tellTheEnd(final long aheadUs, final long wallUs) {
        if (aheadUs > LEAP_US) {
            LOGGER.warn("{}: the leap of the wall clock by {}, to {}, has lasted and is believed from now on", owner, text(aheadUs),
                Instant.ofEpochMilli(wallUs / 1_000));
        } else {
            LOGGER.info("{}: the wall clock is back at {}; nothing has grown old by its leap", owner, Instant.ofEpochMilli(wallUs / 1_000));
        }
    }

    private static String text(final long us) {
        final Duration duration = Duration.ofSeconds(TimeUnit.MICROSECONDS.toSeconds(us));
        return duration.toHours() > 0 ? duration.toHours() + " h " + duration.toMinutesPart() + " min"
            : duration.toMinutes() > 0 ? duration.toMinutes() + " min" : duration.toSeconds() + " s";
    }
}
