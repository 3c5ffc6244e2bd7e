package io.truenow.system.process;

import io.truenow.fabric.time.WallClock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/**
 * The wall clock of started processes: as far from the machine's as the test wants, stepped at any time. See {@link WallClock}. It has to
 * be set once, be it to 0, before processes start that are to notice later steps: others run by the machine's clock alone. Used by one
 * thread.
 */
public final class WrongClock {
    private final Path file;

    WrongClock(final Path file) {
        this.file = file;
    }

    /** From now on all processes that read it are off by so much: ahead, or behind where negative. */
    public void set(final Duration offset) {
        try {
            Files.createDirectories(file.getParent());
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, offset.toNanos() / 1_000), 0);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it shows now, microseconds. */
    public long microTime() {
        return WallClock.INSTANCE.microTime() + offsetUs();
    }

    List<String> javaOptions() {
        return Files.exists(file) ? List.of("-D" + WallClock.OFFSET_PROPERTY + "=@" + file) : List.of();
    }

    private long offsetUs() {
        if (!Files.exists(file)) {
            return 0;
        }
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
