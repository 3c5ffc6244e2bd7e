package io.truenow.perf.load;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The events that benches send: three dimensions of 50, 5 and 1 000 values, two metrics with whole numbers, so that sums must come out
 * exact. Immutable: event {@code i} of a seed is always the same.
 */
public final class Workload {
    /** Names by index. */
    public static final List<String> DIMENSIONS = List.of("country", "device", "page");
    /** Names by index. */
    public static final List<String> METRICS = List.of("amount", "duration");

    private static final int COUNTRIES = 50;
    private static final int DEVICES = 5;
    private static final int PAGES = 1_000;

    private final int[] codes;
    private final int mask;

    /** {@code 2^bits} different events, used over and over. */
    public Workload(final long seed, final int bits) {
        codes = new int[1 << bits];
        mask = codes.length - 1;
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < codes.length; i++) {
            codes[i] = random.nextInt(COUNTRIES * DEVICES * PAGES);
        }
    }

    /** Value of an event's dimension. */
    public String dimension(final long event, final int dimension) {
        return switch (dimension) {
            case 0 -> "country-" + country(event);
            case 1 -> "device-" + device(event);
            default -> "page-" + page(event);
        };
    }

    /** 0 .. 49. */
    public int country(final long event) {
        return codes[(int) event & mask] % COUNTRIES;
    }

    /** 0 .. 4. */
    public int device(final long event) {
        return codes[(int) event & mask] / COUNTRIES % DEVICES;
    }

    /** 0 .. 999. */
    public int page(final long event) {
        return codes[(int) event & mask] / (COUNTRIES * DEVICES);
    }

    /** Value of an event's metric. */
    public int metric(final long event, final int metric) {
        return metric == 0 ? 1 + codes[(int) event & mask] % 997 : 10 + codes[(int) event & mask] % 4_001;
    }

    /** Values of the dimensions, by dimension and number. */
    public static byte[][][] values() {
        final byte[][][] values = new byte[3][][];
        final int[] counts = {COUNTRIES, DEVICES, PAGES};
        final String[] prefixes = {"country-", "device-", "page-"};
        for (int dimension = 0; dimension < values.length; dimension++) {
            values[dimension] = new byte[counts[dimension]][];
            for (int i = 0; i < counts[dimension]; i++) {
                values[dimension][i] = (prefixes[dimension] + i).getBytes(StandardCharsets.US_ASCII);
            }
        }
        return values;
    }
}
