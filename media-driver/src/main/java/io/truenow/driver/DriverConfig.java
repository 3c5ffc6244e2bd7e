package io.truenow.driver;

import io.truenow.fabric.agent.IdleStrategies;
import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.config.Require;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The section {@code driver}; its fragment says what each key means.
 *
 * @param directory null for a directory of this process' own.
 */
public record DriverConfig(
    Mode mode,
    Path directory,
    Threading threading,
    IdleStrategies idle,
    Duration maxPark,
    ByteSize termLength,
    ByteSize udpMtu,
    ByteSize socketBuffer,
    ByteSize receiverWindow,
    Duration clientLiveness,
    Duration imageLiveness,
    Duration connectionTimeout,
    Duration timeout,
    ByteSize requiredRoom,
    boolean keepDirectory) {
    /** The longest message is an eighth of a term, and a batch has to be one. */
    private static final long MIN_TERM_BYTES = 512 * 1024;
    private static final long MAX_TERM_BYTES = 1024 * 1024 * 1024;
    private static final long MIN_MTU_BYTES = 256;
    private static final long MAX_MTU_BYTES = 65_504;
    private static final int FRAME_ALIGNMENT = 32;
    private static final int ASCII_END = 128;
    private static final Duration LEAST_LIVENESS = Duration.ofMillis(100);
    private static final Duration MOST_LIVENESS = Duration.ofDays(1);

    public DriverConfig {
        Require.that(directory == null || directory.toAbsolutePath().toString().chars().allMatch(character -> character < ASCII_END),
            "directory", "a path of ASCII characters, from the root on: Aeron cannot name others");
        Require.that(Long.bitCount(termLength.bytes()) == 1 && termLength.bytes() >= MIN_TERM_BYTES && termLength.bytes() <= MAX_TERM_BYTES,
            "term-length", "a power of two from " + new ByteSize(MIN_TERM_BYTES) + " to " + new ByteSize(MAX_TERM_BYTES));
        Require.that(udpMtu.bytes() >= MIN_MTU_BYTES && udpMtu.bytes() <= MAX_MTU_BYTES && udpMtu.bytes() % FRAME_ALIGNMENT == 0,
            "udp-mtu", "a multiple of 32 from " + MIN_MTU_BYTES + " to " + MAX_MTU_BYTES);
        Require.that(socketBuffer.bytes() >= udpMtu.bytes() && socketBuffer.bytes() <= MAX_TERM_BYTES,
            "socket-buffer", "from driver.udp-mtu, which is " + udpMtu + ", to " + new ByteSize(MAX_TERM_BYTES));
        Require.that(receiverWindow.bytes() >= udpMtu.bytes() && receiverWindow.bytes() <= socketBuffer.bytes(), "receiver-window",
            "from driver.udp-mtu, which is " + udpMtu + ", to driver.socket-buffer, which is " + socketBuffer);
        Require.between(Duration.ofNanos(1), maxPark, Duration.ofSeconds(1), "max-park");
        Require.between(LEAST_LIVENESS, clientLiveness, MOST_LIVENESS, "client-liveness");
        Require.between(LEAST_LIVENESS, imageLiveness, MOST_LIVENESS, "image-liveness");
        Require.between(LEAST_LIVENESS, connectionTimeout, MOST_LIVENESS, "connection-timeout");
        Require.between(LEAST_LIVENESS, timeout, MOST_LIVENESS, "timeout");
    }

    /** The same but for who runs the driver. */
    public DriverConfig withMode(final Mode other) {
        return new DriverConfig(other, directory, threading, idle, maxPark, termLength, udpMtu, socketBuffer, receiverWindow,
            clientLiveness, imageLiveness, connectionTimeout, timeout, requiredRoom, keepDirectory);
    }

    /** Who runs the driver. */
    public enum Mode {
        /** By the role of the process, which says so before it launches; for the launcher this is {@link #EMBEDDED}. */
        AUTO,
        /** This process. */
        EMBEDDED,
        /** Another one. */
        ATTACHED
    }

    /** How many threads the driver has. */
    public enum Threading {
        /** One. */
        SHARED,
        /** Two. */
        SHARED_NETWORK,
        /** Three. */
        DEDICATED
    }
}
