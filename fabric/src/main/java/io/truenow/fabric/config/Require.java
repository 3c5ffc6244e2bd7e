package io.truenow.fabric.config;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * Checks that records of configuration make of their own values. What fails is told with the key's name within the section; whoever binds
 * the section adds the section, the value and where it was set. Stateless.
 */
public final class Require {
    private static final int MAX_PORT = 65_535;

    private Require() {
    }

    /**
     * The key's value must be so.
     *
     * @param holds    whether it is.
     * @param key      within the section, such as {@code http-port}.
     * @param expected what would be right, to be read after "must be": {@code a power of two}.
     */
    public static void that(final boolean holds, final String key, final String expected) {
        if (!holds) {
            throw new InvalidValueException(key, "must be " + expected);
        }
    }

    /** What the value means. {@code read} refuses it by an {@link IllegalArgumentException} that says why. */
    public static <T> T readable(final Supplier<T> read, final String key) {
        try {
            return read.get();
        } catch (final IllegalArgumentException e) {
            throw new InvalidValueException(key, e.getMessage());
        }
    }

    /** A TCP or UDP port, or 0. */
    public static void port(final int port, final String key) {
        that(port >= 0 && port <= MAX_PORT, key, "a port, 0 to " + MAX_PORT);
    }

    /** Not shorter and not longer. */
    public static void between(final Duration least, final Duration duration, final Duration most, final String key) {
        that(duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0, key,
            DurationText.of(least) + " to " + DurationText.of(most));
    }
}
