package io.truenow.fabric.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 100us}, {@code 250ms}, {@code 10s}, {@code 5m}, {@code 24h}, {@code 7d}. */
final class DurationText {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,12}) ?(ns|us|ms|s|m|h|d)");

    private DurationText() {
    }

    static Duration parse(final String text) {
        final Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a duration such as 250ms, 10s or 24h");
        }
        final long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ns" -> Duration.ofNanos(number);
            case "us" -> Duration.ofNanos(Math.multiplyExact(number, 1_000L));
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
