package io.truenow.perf.load;

import java.util.List;
import java.util.SplittableRandom;

/**
 * The events of the seven queries: dimensions of 50, 5, 1 000 and 100 000 values, two metrics of whole numbers and one of fractions, spread
 * evenly over a time range. Immutable: event {@code i} is always the same.
 */
public final class QueryWorkload {
    /** Names by index. */
    public static final List<String> DIMENSIONS = List.of("country", "device", "page", "customer");
    /** Names by index. */
    public static final List<String> METRICS = List.of("amount", "quantity", "latency");
    /** Values of the dimensions. */
    public static final int[] CARDINALITIES = {50, 5, 1_000, 100_000};

    private static final long SEED = 20_261_123L;

    private final long startUs;
    private final long rangeUs;
    private final int rows;

    public QueryWorkload(final long startUs, final long rangeUs, final int rows) {
        this.startUs = startUs;
        this.rangeUs = rangeUs;
        this.rows = rows;
    }

    /** Events. */
    public int rows() {
        return rows;
    }

    /** Time of the first event. */
    public long startUs() {
        return startUs;
    }

    /** Behind the last event. */
    public long endUs() {
        return startUs + rangeUs;
    }

    /** Time of an event; they come in its order. */
    public long timeUs(final int event) {
        return startUs + (long) ((double) event / rows * rangeUs);
    }

    /** Number of an event's value of a dimension, below its cardinality. */
    public static int code(final int event, final int dimension) {
        return (int) Math.floorMod(mixed(event * 8L + dimension), (long) CARDINALITIES[dimension]);
    }

    /** An event's metric: 1 .. 1 000, 1 .. 9, or log-normal milliseconds. */
    public static double metric(final int event, final int metric) {
        final long bits = mixed(event * 8L + 4 + metric);
        return switch (metric) {
            case 0 -> 1 + Math.floorMod(bits, 1_000L);
            case 1 -> 1 + Math.floorMod(bits, 9L);
            default -> LATENCIES[(int) (bits >>> 48)];
        };
    }

    /** Text of a value. */
    public static String value(final int dimension, final int code) {
        return DIMENSIONS.get(dimension) + '-' + code;
    }

    private static final double[] LATENCIES = latencies();

    private static double[] latencies() {
        final SplittableRandom random = new SplittableRandom(SEED);
        final double[] latencies = new double[1 << 16];
        for (int i = 0; i < latencies.length; i++) {
            latencies[i] = Math.exp(3 + random.nextGaussian());
        }
        return latencies;
    }

    /** SplitMix64's finalizer: Steele, Lea, Flood, OOPSLA 2014. */
    private static long mixed(final long value) {
        long bits = value + SEED;
        bits = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D0_49BB_1331_11EBL;
        return bits ^ bits >>> 31;
    }
}
