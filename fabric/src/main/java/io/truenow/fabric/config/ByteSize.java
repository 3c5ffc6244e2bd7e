package io.truenow.fabric.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as people write it: {@code 64MiB}, {@code 16k}, {@code 1 GiB}, {@code 4096}. Units are powers of 1024, whether written
 * {@code k}, {@code kB} or {@code KiB}.
 */
public record ByteSize(long bytes) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18}) ?(?:([kKmMgGtT])(?:iB|B)?|B)?");
    private static final String UNITS = "kmgt";

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is not negative: " + bytes);
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if it is not a size.
     */
    public static ByteSize parse(final String text) {
        final Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size such as 64MiB or 4096");
        }
        final long number = Long.parseLong(matcher.group(1));
        final String unit = matcher.group(2);
        final int shift = unit == null ? 0 : 10 * (1 + UNITS.indexOf(Character.toLowerCase(unit.charAt(0))));
        final long bytes = number << shift;
        if (bytes >> shift != number) {
            throw new IllegalArgumentException("larger than 8 EiB");
        }
        return new ByteSize(bytes);
    }

    /**
     * The size where an int is needed.
     *
     * @throws ArithmeticException if it is 2 GiB or more.
     */
    public int toIntExact() {
        return Math.toIntExact(bytes);
    }

    /** The text form, in the largest unit that needs no fraction. */
    @Override
    public String toString() {
        if (bytes == 0) {
            return "0";
        }
        final int unit = Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.length());
        return unit == 0 ? Long.toString(bytes) : (bytes >> 10 * unit) + UNITS.substring(unit - 1, unit).toUpperCase(Locale.ROOT) + "iB";
    }
}
