package io.truenow.query.rest;

/** Widths of time buckets as people write them: a whole number and a unit, such as {@code "500ms"}, {@code "1m"}. */
final class IntervalText {
    /** What a wrong interval is told. */
    static final String EXPECTED =
        "a whole number greater than 0 and a unit us, ms, s, m, h or d, at most 366d, such as \"1m\" or \"500ms\"";

    private static final long MAX_US = 366L * 86_400_000_000L;

    private IntervalText() {
    }

    /** Microseconds, or -1 if the text is not an interval. */
    static long parseUs(final String text) {
        int digits = 0;
        long number = 0;
        while (digits < text.length() && digits < 16 && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            number = number * 10 + (text.charAt(digits) - '0');
            digits++;
        }
        final long unitUs = switch (text.substring(digits)) {
            case "us" -> 1L;
            case "ms" -> 1_000L;
            case "s" -> 1_000_000L;
            case "m" -> 60_000_000L;
            case "h" -> 3_600_000_000L;
            case "d" -> 86_400_000_000L;
            default -> -1L;
        };
        return digits == 0 || unitUs < 0 || number == 0 || number > MAX_US / unitUs ? -1 : number * unitUs;
    }
}
