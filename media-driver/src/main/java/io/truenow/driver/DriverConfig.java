package io.truenow.driver;

import io.truenow.fabric.agent.IdleStrategies;
import io.truenow.fabric.config.ByteSize;

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

    public DriverConfig {
        if (Long.bitCount(termLength.bytes()) != 1 || termLength.bytes() < MIN_TERM_BYTES || termLength.bytes() > MAX_TERM_BYTES) {
            throw new IllegalArgumentException("driver.term-length is " + termLength + ": a power of two from 512KiB to 1GiB");
        }
        if (udpMtu.bytes() < MIN_MTU_BYTES || udpMtu.bytes() > MAX_MTU_BYTES || udpMtu.bytes() % FRAME_ALIGNMENT != 0) {
            throw new IllegalArgumentException("driver.udp-mtu is " + udpMtu + ": a multiple of 32 from 256 to 65504");
        }
        if (socketBuffer.bytes() < udpMtu.bytes() || receiverWindow.bytes() < udpMtu.bytes()) {
            throw new IllegalArgumentException("driver.socket-buffer and driver.receiver-window: not less than driver.udp-mtu");
        }
        if (receiverWindow.bytes() > socketBuffer.bytes() || socketBuffer.bytes() > MAX_TERM_BYTES) {
            throw new IllegalArgumentException("driver.receiver-window: not more than driver.socket-buffer");
        }
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
