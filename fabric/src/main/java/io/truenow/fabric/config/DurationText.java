package io.truenow.fabric.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 100us}, {@code 250ms}, {@code 10s}, {@code 5m}, {@code 24h}, {@code 7d}. */
public final class DurationText {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,12}) ?(ns|us|ms|s|m|h|d)");
    private static final String[] UNITS = {"d", "h", "m", "s", "ms", "us"};
    private static final long[] NS_PER_UNIT =
        {86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L};
    /** The code that uses durations counts nanoseconds in 64 bits. */
    private static final Duration MOST = Duration.ofDays(36_500);

    private DurationText() {
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none.
     */
    public static Duration parse(final String text) {
        final Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a duration such as 250ms, 10s or 24h");
        }
        final long number = Long.parseLong(matcher.group(1));
        final Duration duration = switch (matcher.group(2)) {
            case "ns" -> Duration.ofNanos(number);
            case "us" -> Duration.ofNanos(Math.multiplyExact(number, 1_000L));
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (duration.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("longer than a hundred years");
        }
        return duration;
    }

    /** What {@link #parse} reads as the same, in the largest unit that needs no fraction. */
    public static String of(final Duration duration) {
        final long ns = duration.toNanos();
        for (int i = 0; ns != 0 && i < UNITS.length; i++) {
            if (ns % NS_PER_UNIT[i] == 0) {
                return ns / NS_PER_UNIT[i] + UNITS[i];
            }
        }
        return ns == 0 ? "0s" : ns + "ns";
    }
}
